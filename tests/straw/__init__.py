"""The Straw document, ``straw-api.json``, held against the API that runs."""
