"""serve_api, ready for its first request: imported, with every route registered."""

from functions.serve_api import handler

assert callable(handler.handler)
