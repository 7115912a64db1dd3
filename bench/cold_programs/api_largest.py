"""serve_api with the part of it that takes longest to make."""

from functions.serve_api import handler

handler.api.make("contacts")
