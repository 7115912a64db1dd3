"""serve_api with the part of it that the panel asks for first."""

from functions.serve_api import handler

handler.api.make("auth")
