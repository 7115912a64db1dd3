"""The chat-completions and embeddings dialect of OpenAI: requests checked, answers and errors in its shape."""

import hashlib
import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

MODEL_NAME = "offline"
# English and Portuguese come to about four bytes a token.
BYTES_PER_TOKEN = 4


class BadRequest(Exception):
    """The request cannot be served; the message says what to change."""

    def __init__(self, message: str, *, param: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.param = param
        self.code = code

    def body(self) -> dict[str, Any]:
        return {
            "error": {
                "message": self.message,
                "type": "invalid_request_error",
                "param": self.param,
                "code": self.code,
            }
        }


class Checked(BaseModel):
    # What a client sends beyond this (temperature, user, metadata) makes no difference here.
    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)

    @classmethod
    def parse(cls, body: bytes) -> Self:
        try:
            return cls.model_validate_json(body)
        except ValidationError as exc:
            first = exc.errors(include_url=False, include_context=False, include_input=False)[0]
            param = ".".join(str(part) for part in first["loc"]) or None
            raise BadRequest(f"{param or 'body'}: {first['msg']}", param=param, code="invalid_value") from exc


class Part(Checked):
    type: str
    text: str = ""


type Content = str | list[Part]


class SystemMessage(Checked):
    role: Literal["system", "developer"]
    content: Content


class UserMessage(Checked):
    role: Literal["user"]
    content: Content


class FunctionCall(Checked):
    name: str
    arguments: str


class ToolCall(Checked):
    id: str
    type: Literal["function"]
    function: FunctionCall


class AssistantMessage(Checked):
    role: Literal["assistant"]
    content: Content | None = None
    tool_calls: list[ToolCall] | None = None


class ToolMessage(Checked):
    role: Literal["tool"]
    content: Content
    tool_call_id: str


Message = SystemMessage | UserMessage | AssistantMessage | ToolMessage


def text_of(message: Message) -> str:
    if isinstance(message.content, list):
        return "\n".join(part.text for part in message.content if part.type == "text")
    return message.content or ""


class FunctionDefinition(Checked):
    name: str = Field(min_length=1)
    parameters: dict[str, Any] = {}

    def properties(self) -> dict[str, Any]:
        properties = self.parameters.get("properties")
        return properties if isinstance(properties, dict) else {}


class Tool(Checked):
    type: Literal["function"]
    function: FunctionDefinition


class NamedTool(Checked):
    name: str


class ToolChoice(Checked):
    type: Literal["function"]
    function: NamedTool


class ResponseFormat(Checked):
    type: Literal["text"]


class ChatRequest(Checked):
    model: str = Field(min_length=1)
    messages: list[Annotated[Message, Field(discriminator="role")]] = Field(min_length=1)
    tools: list[Tool] = []
    tool_choice: Literal["none", "auto", "required"] | ToolChoice | None = None
    # One call at a time suits either wish.
    parallel_tool_calls: bool | None = None
    max_tokens: int | None = Field(default=None, ge=1)
    max_completion_tokens: int | None = Field(default=None, ge=1)
    n: Literal[1] | None = None
    stream: bool | None = None
    response_format: ResponseFormat | None = None

    @property
    def longest_answer(self) -> int | None:
        return self.max_completion_tokens or self.max_tokens

    @property
    def forced_tool(self) -> str | None:
        return self.tool_choice.function.name if isinstance(self.tool_choice, ToolChoice) else None

    @property
    def offered_tools(self) -> dict[str, FunctionDefinition]:
        return {} if self.tool_choice == "none" else {tool.function.name: tool.function for tool in self.tools}

    def check(self) -> Self:
        if self.stream:
            raise BadRequest("This model does not stream. Send stream=false.", param="stream", code="unsupported_value")
        if self.tool_choice == "required" and not self.tools:
            raise BadRequest("tool_choice asks for a tool, and tools is empty.", param="tool_choice")
        if self.forced_tool and self.forced_tool not in self.offered_tools:
            raise BadRequest(f"tool_choice names {self.forced_tool!r}, which is not in tools.", param="tool_choice")
        check_tool_messages(self.messages)
        return self


class EmbeddingsRequest(Checked):
    model: str = Field(min_length=1)
    input: str | list[str]
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: int | None = Field(default=None, ge=1, le=1536)

    @property
    def texts(self) -> list[str]:
        return [self.input] if isinstance(self.input, str) else self.input

    def check(self) -> Self:
        if not 1 <= len(self.texts) <= 2048:
            raise BadRequest("input must hold between 1 and 2048 texts.", param="input")
        if not all(self.texts):
            raise BadRequest("input must not hold an empty text.", param="input")
        return self


def check_tool_messages(messages: list[Message]) -> None:
    """Each tool message answers a call just made, and each call is answered before anything else is said."""
    waiting: set[str] = set()
    for index, message in enumerate(messages):
        param = f"messages.{index}"
        if isinstance(message, ToolMessage):
            if message.tool_call_id not in waiting:
                raise BadRequest(f"{message.tool_call_id!r} answers no tool call made just before.", param=param)
            waiting.remove(message.tool_call_id)
            continue
        if waiting:
            raise BadRequest(f"These tool calls have no tool message: {sorted(waiting)}.", param=param)
        if isinstance(message, AssistantMessage):
            waiting = {call.id for call in message.tool_calls or ()}
    if waiting:
        raise BadRequest(f"These tool calls have no tool message: {sorted(waiting)}.", param="messages")


def completion(request: ChatRequest, message: Mapping[str, Any], *, created: int) -> dict[str, Any]:
    """The answer around a message, cut like a live model's where it outgrows the tokens it may use."""
    calls = message.get("tool_calls")
    finish_reason = "tool_calls" if calls else "stop"
    written = calls[0]["function"]["arguments"] if calls else message["content"]
    if request.longest_answer and tokens(written) > request.longest_answer:
        finish_reason = "length"
        message = cut(message, request.longest_answer)
    prompt = sum(message_tokens(message) for message in request.messages)
    answer = min(tokens(written), request.longest_answer or tokens(written))
    return {
        "id": "chatcmpl-" + digest(request.model_dump_json()),
        "object": "chat.completion",
        "created": created,
        "model": request.model,
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": finish_reason}],
        "usage": {"prompt_tokens": prompt, "completion_tokens": answer, "total_tokens": prompt + answer},
    }


def cut(message: Mapping[str, Any], longest: int) -> dict[str, Any]:
    if calls := message.get("tool_calls"):
        function = calls[0]["function"]
        shorter = {**function, "arguments": first_tokens(function["arguments"], longest)}
        return {**message, "tool_calls": [{**calls[0], "function": shorter}]}
    return {**message, "content": first_tokens(message["content"], longest)}


def text_message(text: str) -> dict[str, Any]:
    return {"role": "assistant", "content": text, "refusal": None}


def tool_call_message(name: str, arguments: Mapping[str, object], *, place: int) -> dict[str, Any]:
    """`place` is how many messages came before, so that the same call made later has another id."""
    written = json.dumps(arguments, ensure_ascii=False)
    call = {
        "id": "call_" + digest(f"{place} {name} {written}"),
        "type": "function",
        "function": {"name": name, "arguments": written},
    }
    return {"role": "assistant", "content": None, "refusal": None, "tool_calls": [call]}


def message_tokens(message: Message) -> int:
    calls = message.tool_calls or () if isinstance(message, AssistantMessage) else ()
    # Four for the role and the marks around a message.
    return 4 + tokens(text_of(message)) + sum(tokens(call.function.name + call.function.arguments) for call in calls)


def tokens(text: str) -> int:
    return -(-len(text.encode()) // BYTES_PER_TOKEN)


def first_tokens(text: str, count: int) -> str:
    return text.encode()[: count * BYTES_PER_TOKEN].decode(errors="ignore")


def digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()
