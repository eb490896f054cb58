"""Names of the caller's choosing in paths: ``{key:name}`` takes all that follows, as ``{key:path}`` would.

Starlette's own stops at a line break: what has one in its midst would be no path at all, and one at the end
would be dropped, so that another name would be meant.
"""

from starlette.convertors import PathConvertor, register_url_convertor


class _NameConvertor(PathConvertor):
    regex = "(?s:.*)"


register_url_convertor("name", _NameConvertor())
