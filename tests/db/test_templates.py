"""The templates that we know are those that Meta tells of, and no answer is no news of them."""

import functools
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest

from auzap.channels.whatsapp import graph as graphs
from auzap.channels.whatsapp import templates
from auzap.channels.whatsapp.graph import Graph, GraphError
from tests.db.posting import Post
from tests.unit.scripted_server import Answer, scripted

KNOWN = {
    "name": "auzap_reopen",
    "language": "pt_BR",
    "status": "APPROVED",
    "category": "UTILITY",
    "components": [
        {"type": "BODY", "text": "Oi, {{1}}! A {{2}} tem uma mensagem para você."},
        {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Ver mensagem"}]},
    ],
}


@contextmanager
def meta(*pages: Answer) -> Generator[Graph]:
    """A Graph API of a test's own, over a connection that is kept beside those of other tests."""
    kept_here = functools.cache(graphs._connection.__wrapped__)
    with scripted(*pages) as server, pytest.MonkeyPatch.context() as patched:
        patched.setattr(graphs, "_connection", kept_here)
        graph = Graph(server.url)
        yield graph
        kept_here("http", urlsplit(server.url).netloc, graph.timeout).close()


def sync(post: Post, graph: Graph) -> int | None:
    return templates.sync(post.database, graph, post.outside.kms(), post.shop.organization_id, post.shop.account.id)


def kept(post: Post) -> list[tuple[Any, ...]]:
    return post.rows("SELECT name, status, purpose FROM message_templates")


def test_what_meta_does_not_tell_of_any_more_is_forgotten(post: Post) -> None:
    with meta(Answer(body={"data": [KNOWN]}), Answer(body={"data": []})) as graph:
        assert sync(post, graph) == 1
        assert kept(post) == [("auzap_reopen", "approved", "reopen")]
        assert sync(post, graph) == 0

    assert kept(post) == []


@pytest.mark.parametrize("body", [{}, {"paging": {}}, b"<html>", b""])
def test_an_answer_without_a_list_forgets_nothing(post: Post, body: Any) -> None:
    with meta(Answer(body={"data": [KNOWN]}), Answer(body=body)) as graph:
        sync(post, graph)
        with pytest.raises(GraphError):
            sync(post, graph)

    assert kept(post) == [("auzap_reopen", "approved", "reopen")]
