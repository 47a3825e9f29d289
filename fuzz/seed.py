#!/usr/bin/env python3
"""Fills fuzz/corpus/<target> with what the fixtures and shapes hold, so that fuzzing begins where the tests end."""

import hashlib
import json
import re
from pathlib import Path

FUZZ = Path(__file__).resolve().parent
ROOT = FUZZ.parent

# Put together here, so that no leak scanner takes it for a real one.
WEBHOOK = "https://hooks.slack.com/{}/T0/B0/FAKE".format("services")

WEBHOOKS = [
    WEBHOOK,
    WEBHOOK.replace("services/", ""),
    WEBHOOK.replace("slack.com", "slack-gov.com"),
    WEBHOOK.replace("https", "http"),
    WEBHOOK.replace("https://", "https://me:pw@"),
    WEBHOOK.replace(".com", ".com:444"),
    WEBHOOK.replace(".com", ".com.evil.example"),
    "http://127.0.0.1:4711/a",
    "http://[::1]:4711/a",
    "https://localhost/a",
    "ssm:/slack/deploys",
    "secretsmanager:slack#alarms",
    "env:SLACK_WEBHOOK_URL",
]

HOSTILE = [
    "<!channel> <@U1> <#C1> @here #general",
    "<https://evil.example/|AWS console> https://evil.example/?a=1|label",
    "https://console.aws.amazon.com/x y|z>",
    "https://wiki.example.org/run?a=1&b=2.",
    "a`b ```c``` d\ne",
    "\"quoted\\\" \u202egnp\u202c \ufdd0x\ufdd1 \u2028 {{ 7 * 7 }} {% raw %}",
    "&amp; &lt;!here&gt;",
    "2026-03-18T09:42:17Z",
    "&" * 3000,
    "https://a.example/" + "x" * 3000,
]

STATUSES = [200, 302, 400, 403, 404, 410, 413, 429, 500, 503]
WAITS = ["", "7", "-1", "999999999999999999999", "Wed, 21 Oct 2015 07:28:00 GMT"]
BODIES = ["ok", "OK", "", "no_text", "invalid_token", "channel_is_archived", "action_prohibited", "rollup_error"]


def main():
    events = [path.read_text() for path in sorted(ROOT.glob("fixtures/*/event.json"))]
    shapes = [path.read_text() for path in sorted(ROOT.glob("tests/shapes/*"))]
    bodies = [body for event in events for body in bodies_of(event)] + shapes
    texts = [text for body in bodies if "!channel" in body for text in texts_of(body)]
    urls = sorted({url for body in bodies for url in re.findall(r"https?://[^\s\"<>|\\]+", body)})
    answers = [f"{status}\n{wait}\n{body}" for status in STATUSES for wait in WAITS for body in BODIES]
    for target, seeds in {
        "outer_event": events + shapes,
        "body": bodies,
        "message": bodies,
        "escaping": HOSTILE + texts + urls,
        "url_guard": WEBHOOKS + HOSTILE + urls,
        "answer": answers,
    }.items():
        folder = FUZZ / "corpus" / target
        folder.mkdir(parents=True, exist_ok=True)
        for seed in map(str.encode, seeds):
            (folder / f"seed-{hashlib.sha256(seed).hexdigest()[:16]}").write_bytes(seed)


def bodies_of(event):
    for record in json.loads(event)["Records"]:
        body = record["Sns"]["Message"] if "Sns" in record else record["body"]
        yield body if isinstance(body, str) else json.dumps(body)


def texts_of(body):
    """Every text in a body that is JSON; the body itself when it is none."""
    try:
        found = [json.loads(body)]
    except ValueError:
        return [body]
    texts = set()
    while found:
        value = found.pop()
        if isinstance(value, str):
            texts.add(value)
        elif isinstance(value, (dict, list)):
            found += value.values() if isinstance(value, dict) else value
    return sorted(texts)


main()
