"""The log: JSON lines, a constant message and keys, never what a person wrote."""

from aws_lambda_powertools import Logger

logger = Logger(service="auzap")
