"""What a caller may be refused: status, code and message, said once for the service that refuses and for the
gateway that declares the refusal in OpenAPI.

One module for each family of the internal API. What no public route declares stands in ``errors.py`` of its
service alone.
"""
