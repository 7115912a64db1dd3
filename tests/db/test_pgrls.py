"""pgrls, a linter of row security, finds no error, and nothing that is not explained here."""

import json
import os
import subprocess
import sys
from fnmatch import fnmatch
from typing import Any

import psycopg

from tests.postgres import Place, cloned, template

# Rule and place (a pattern) of each finding that stays, and why it may.
EXPLAINED = {
    ("SEC001", "public.migrations"): "The migrator's own ledger; no role but the owner has any grant on it.",
    (
        "SEC002",
        "public.organizations",
    ): "Global: it has no tenant to force. Its owner makes organizations and erases them.",
    ("SEC002", "public.users"): "Global: it has no tenant to force. Its owner only makes the table.",
    ("SEC002", "public.plans"): "Global: a price list, which the migrations write.",
    (
        "SEC007",
        "public.*",
    ): "One permissive policy a role: there is no other branch that a restrictive one would bound.",
    (
        "SEC013",
        "public.*",
    ): "record_change, record_audit: their owner may only insert, into two tables, under a policy of the "
    "tenant. renew_settings_version: counts up the version of the row's own organization.",
    ("SEC014", "app.*"): "The reviewed list of tests/db/allowed.py; test_row_security.py runs each without a tenant.",
    ("SEC022", "public.plans"): "Written by the migrations.",
    ("SEC027", "public.access_events"): "Who came in is for the owners of the shop to see.",
    ("SEC027", "public.notification_preferences"): "What a shop's people hear of is no secret among them.",
    ("SEC027", "public.memberships"): "The staff list of a shop is shared by its staff.",
    ("SEC027", "public.staff_members"): "Who works when is known to all who work there.",
    ("SEC027", "public.sessions"): "Found by its own id; only the functions of sign-in read it.",
    (
        "PERF003",
        "public.*.identity*",
    ): "Each function finds its rows by a key; the predicate only says which may be seen.",
    ("PERF003", "public.channel_accounts.lookup"): "A few rows a shop, found by channel_accounts_receiving.",
    ("PERF003", "public.organizations.lookup"): "Read by its primary key.",
    ("PERF003", "public.conversations.lookup*"): "The predicate is the one of the partial index conversations_due.",
    ("PERF003", "public.outbox.lookup*"): "The predicate is the one of the partial index outbox_due.",
    ("PERF003", "public.media.lookup*"): "The predicate is the one of the partial index media_waiting.",
    ("PERF003", "public.job_runs.lookup"): "The predicate is the one of the partial index job_runs_of_shops.",
    ("PERF003", "public.escalations.lookup"): "The partial index escalations_due, or escalations_of one conversation.",
    (
        "PERF003",
        "public.knowledge_documents.lookup",
    ): "The predicate is the one of the partial index knowledge_documents_waiting.",
    (
        "PERF003",
        "public.waitlist_entries.lookup",
    ): "The predicate is the one of the partial index waitlist_entries_due.",
    ("PERF003", "public.bookings.lookup"): "The predicate is the one of the partial index bookings_requested.",
    ("PERF003", "public.audit.lookup"): "The predicate is the one of the partial index audit_unsealed.",
    ("PERF003", "public.audit_segments.lookup"): "The predicate is the one of the partial index audit_segments_unkept.",
    ("PERF003", "public.changes.lookup"): "The predicate is the one of the partial index changes_unnumbered.",
    ("PERF003", "public.jobs.lookup*"): "The predicate is the one of the partial index jobs_unfinished.",
    ("PERF003", "public.mails.lookup*"): "The predicate is the one of the partial index mails_due.",
    ("PERF003", "public.notifications.lookup"): "The predicate is the one of the partial index notifications_unread.",
    ("PERF003", "public.organization_settings.lookup"): "Read whole, one row a shop, four times an hour.",
}


def pgrls(place: Place, *arguments: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "pgrls", *arguments, "--format", "json"]
    # Not on the command line: other users of the machine may read that.
    environment = {**os.environ, "DATABASE_URL": place.admin}
    finished = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return json.loads(finished.stdout)


def explanations(violation: dict[str, str]) -> set[tuple[str, str]]:
    return {key for key in EXPLAINED if key[0] == violation["rule_id"] and fnmatch(violation["location"], key[1])}


def test_every_finding_is_explained_and_every_explanation_is_needed(production_like: Place) -> None:
    violations = pgrls(production_like, "lint", "--schemas", "public,app")["violations"]

    assert [v for v in violations if not explanations(v)] == []
    assert set(EXPLAINED) - {key for v in violations for key in explanations(v)} == set()


def test_a_table_open_to_everybody_is_not_explained() -> None:
    with cloned(template(clock=False)) as place:
        with psycopg.connect(place.owner) as owner:
            owner.execute("CREATE POLICY everybody ON pets USING (true)")

        violations = pgrls(place, "lint", "--schemas", "public,app")["violations"]

    assert {v["rule_id"] for v in violations if not explanations(v)} >= {"SEC003", "SEC038"}


def test_no_session_without_a_tenant_is_proven_to_read_a_row(production_like: Place) -> None:
    summary = pgrls(production_like, "verify", "--mode", "anon")["summary"]

    assert summary["tables"] == summary["isolated"] > 0
