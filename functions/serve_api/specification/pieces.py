"""What all operations share: headers, ways to sign in, and how a refusal looks."""

from functions.serve_api.problem_texts import TEXTS
from functions.serve_api.specification.names import REF, Json

TEXT = {"type": "string"}
NUMBER = {"type": "integer", "minimum": 0}
HEADERS = {
    "RateLimit": {"description": "How many requests may be made in a window", "schema": NUMBER},
    "RateRemaining": {"description": "How many of them are left", "schema": NUMBER},
    "RateReset": {"description": "Seconds until the window begins anew", "schema": NUMBER},
    "RetryAfter": {"description": "Seconds after which it is worth to ask again", "schema": NUMBER},
    "Cursor": {"description": "Leads to the next file; not there with the last", "schema": TEXT},
}
COUNTED = {
    "X-RateLimit-Limit": {"$ref": "#/components/headers/RateLimit"},
    "X-RateLimit-Remaining": {"$ref": "#/components/headers/RateRemaining"},
    "X-RateLimit-Reset": {"$ref": "#/components/headers/RateReset"},
}
RETRY = {"Retry-After": {"$ref": "#/components/headers/RetryAfter"}}
SECURITY = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "The access token of a person who has signed in, good for fifteen minutes",
    },
    "key": {
        "type": "http",
        "scheme": "bearer",
        "description": "The key of a program, with the scopes that it was given",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "__Host-auzap_refresh",
        "description": "The cookie that carries a session on; no script reads it",
    },
}
LANGUAGE = {
    "name": "Accept-Language",
    "in": "header",
    "description": "The language of what is told to people: `pt-BR`, which is also the default, or `en`",
    "schema": TEXT,
    "example": "pt-BR",
}

CODE = {
    "type": "string",
    "enum": sorted(TEXTS["en"]),
    "description": "They stay; the sentences may change.",
}
FAILURE: Json = {
    "type": "object",
    "description": "It was not done.",
    "required": ["error", "message", "code", "details"],
    "properties": {
        "error": {"const": True, "type": "boolean"},
        "message": {"type": "string", "description": "A sentence for people, in the language asked for"},
        "code": {"$ref": REF + "ErrorCode"},
        "details": {"description": "What else is known of it, by its code; most have none"},
    },
}
WRONG_FIELD: Json = {
    "type": "object",
    "required": ["field", "problem"],
    "properties": {
        "field": {"type": "string", "description": "Where it stands", "examples": ["items.0.starts_at"]},
        "problem": {"type": "string", "description": "What is wrong with it, in the language asked for"},
    },
}
WRONG_FIELDS = {"anyOf": [{"type": "array", "items": {"$ref": REF + "WrongField"}}, {"type": "null"}]}
INVALID: Json = {
    "description": "It was not done: something in the request does not fit.",
    "allOf": [{"$ref": REF + "Failure"}, {"properties": {"details": WRONG_FIELDS}}],
}
FAILURES: Json = {"ErrorCode": CODE, "Failure": FAILURE, "WrongField": WRONG_FIELD, "Invalid": INVALID}
