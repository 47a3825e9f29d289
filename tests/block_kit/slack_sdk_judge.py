#!/usr/bin/env python3
"""Asks Slack's own Python SDK whether Slack would take our payloads.

The same interface as the Rust judge beside it; README.md says what each of the two catches. The SDK mends and drops
what it does not know, so the judgement is a round trip: parse, validate every object, and get back exactly what went in.
"""

import inspect
import json
import logging
import sys
from pathlib import Path

from slack_sdk.models.attachments import BlockAttachment
from slack_sdk.models.basic_objects import JsonObject
from slack_sdk.models.blocks import Block, TextObject
from slack_sdk.webhook import WebhookClient

NAME = "slack_sdk"

USAGE = """usage: slack_sdk_judge.py FILE...          (`-` reads JSON Lines from standard input)
       slack_sdk_judge.py --self-test DIR  (DIR holds bad/*.json and good/*.json)"""

# What the SDK's webhook client can send. `parse` is not among it, but Slack documents it for every message.
MEMBERS = set(inspect.signature(WebhookClient.send).parameters) - {"self", "headers"} | {"parse"}


class Refused(Exception):
    pass


class Unreadable(Exception):
    pass


def main(args):
    # The SDK's "skipped" warnings: the round trip reports the same, with the place.
    logging.disable(logging.CRITICAL)
    if len(args) == 2 and args[0] == "--self-test":
        return self_test(Path(args[1]))
    if not args or args[0] == "--self-test":
        print(USAGE, file=sys.stderr)
        return 2
    return judge_files(args)


def judge_files(files):
    judged = refused = unreadable = 0
    for file in files:
        try:
            found = payloads(file)
        except Unreadable as error:
            print(error, file=sys.stderr)
            unreadable += 1
            continue
        for line, payload in found:
            judged += 1
            why = refusal(payload)
            if why:
                refused += 1
                print(f"{file}:{line}: {why}")
    print(f"{NAME}: judged {judged} payloads, {refused} refused")
    if unreadable or not judged:
        return 2
    return 1 if refused else 0


def self_test(folder):
    """Every bad payload is refused exactly by the judges it names, so that both a judge gone blind and one that has
    learnt something are noticed; every good payload is taken."""
    refused = missed = taken = wrong = 0
    try:
        for path, case in json_files(folder / "bad"):
            why, expected = refusal(case["payload"]), NAME in case["refused_by"]
            if why and expected:
                refused += 1
            elif not why and not expected:
                missed += 1
            else:
                wrong += 1
                if expected:
                    print(f"{path}: {NAME} took it, but should refuse it: {case['why']}")
                else:
                    print(f"{path}: {NAME} refuses it now ({why}); add it to `refused_by`")
        for path, payload in json_files(folder / "good"):
            why = refusal(payload)
            if why:
                wrong += 1
                print(f"{path}: {NAME} refused a good payload: {why}")
            else:
                taken += 1
    except (Unreadable, KeyError, TypeError) as error:
        print(f"self-test stopped: {type(error).__name__}: {error}", file=sys.stderr)
        return 2
    print(
        f"{NAME} self-test: {refused} bad payloads refused, {missed} left to others, {taken} good taken, {wrong} wrong"
    )
    return 1 if wrong else 0


def refusal(payload):
    """Why the payload is refused, or None."""
    try:
        judge(payload)
    except Refused as error:
        return str(error)
    except Exception as error:  # Models raise whatever a wrong shape leads to: TypeError, KeyError, their own.
        return f"{type(error).__name__}: {error}"
    return None


def judge(payload):
    require(isinstance(payload, dict), "message", "not an object")
    for name in payload:
        require(name in MEMBERS, "message", f"unknown member `{name}`")
    text = payload.get("text")
    require(isinstance(text, str) and text.strip(), "text", "absent, empty or not a string")
    for name in ("unfurl_links", "unfurl_media"):
        require(isinstance(payload.get(name, False), bool), name, "not a boolean")
    require(payload.get("parse", "none") in ("none", "full"), "parse", "neither `none` nor `full`")

    if "blocks" in payload:
        judge_blocks(payload["blocks"], "blocks")
    attachments = payload.get("attachments", [])
    require(isinstance(attachments, list), "attachments", "not a list")
    for at, attachment in enumerate(attachments):
        path = f"attachments[{at}]"
        require(isinstance(attachment, dict), path, "not an object")
        blocks = judge_blocks(attachment.get("blocks"), f"{path}.blocks")
        parsed = BlockAttachment(**{**attachment, "blocks": blocks})
        validate(parsed, path)
        same(attachment, parsed.to_dict(), path)


def judge_blocks(blocks, path):
    require(isinstance(blocks, list) and blocks, path, "not a list with something in it")
    parsed = Block.parse_all(blocks)
    for at, (block, model) in enumerate(zip(blocks, parsed, strict=True)):
        place = f"{path}[{at}]"
        require(model is not None, place, "unknown kind of block, dropped")
        validate(model, place)
        same(block, model.to_dict(), place)
    return parsed


def validate(value, path):
    """`validate_json` on the object and on everything in it, and for text objects the types that their constructors
    only annotate."""
    if isinstance(value, (list, tuple)):
        for at, item in enumerate(value):
            validate(item, f"{path}[{at}]")
    if not isinstance(value, JsonObject):
        return
    try:
        value.validate_json()
    except Exception as error:
        raise Refused(f"{path}: {error}") from error
    if isinstance(value, TextObject):
        require(isinstance(value.text, str) and value.text, f"{path}.text", "empty or not a string")
        for name in ("emoji", "verbatim"):
            flag = getattr(value, name, None)
            require(flag is None or isinstance(flag, bool), f"{path}.{name}", "not a boolean")
    for name, member in vars(value).items():
        validate(member, f"{path}.{name.lstrip('_')}")


def same(given, understood, path):
    if isinstance(given, dict) and isinstance(understood, dict):
        for name in {**given, **understood}:
            require(name in understood, f"{path}.{name}", "dropped by the SDK")
            require(name in given, f"{path}.{name}", "added by the SDK")
            same(given[name], understood[name], f"{path}.{name}")
    elif isinstance(given, list) and isinstance(understood, list):
        require(len(given) == len(understood), path, "items dropped by the SDK")
        for at, pair in enumerate(zip(given, understood)):
            same(*pair, f"{path}[{at}]")
    else:  # The type too: Python takes True for 1.
        equal = type(given) is type(understood) and given == understood
        require(equal, path, "understood differently by the SDK")


def require(condition, path, why):
    if not condition:
        raise Refused(f"{path}: {why}")


def payloads(file):
    """The payloads of one file with the line each starts on: the file is one payload, or one object per line whose
    `payload` member is meant (as `sns-to-slack render --format json` prints). Standard input is always lines."""
    try:
        text = (sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()).decode()
    except (OSError, UnicodeDecodeError) as error:
        raise Unreadable(f"{file}: {error}") from error
    lines = text.split("\n")
    if file != "-":
        try:
            whole = parse_object(text, file, 1)
            return [(1, whole.get("payload", whole))]
        except Unreadable:
            try:
                parse_object(lines[0], file, 1)
            except Unreadable:
                pass
            else:
                return from_lines(lines, file)
            raise
    return from_lines(lines, file)


def from_lines(lines, file):
    found = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        members = parse_object(line, file, number)
        if "payload" not in members:
            raise Unreadable(f"{file}:{number}: no `payload` member")
        found.append((number, members["payload"]))
    return found


def parse_object(text, file, first_line):
    try:
        value = json.loads(text)
    except ValueError as error:
        line = first_line + getattr(error, "lineno", 1) - 1
        raise Unreadable(f"{file}:{line}: not JSON: {error}") from error
    if not isinstance(value, dict):
        raise Unreadable(f"{file}:{first_line}: not a JSON object")
    return value


def json_files(folder):
    """The `*.json` files of a folder in the order of their names. A folder without any would prove nothing."""
    paths = sorted(folder.glob("*.json"))
    if not paths:
        raise Unreadable(f"{folder}: no *.json in it")
    for path in paths:
        try:
            yield path, json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise Unreadable(f"{path}: {error}") from error


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
