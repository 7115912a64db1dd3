"""The HTTP API under Lambda."""

from mangum import Mangum

from functions.serve_api.app import create

handler = Mangum(create(), lifespan="off")
