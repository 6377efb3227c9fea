"""Reads messages with Python's own email package: base64 lines in, JSON lines out."""

import base64
import email
import email.policy
import json
import sys


def mailboxes(message, name):
    field = message[name]
    if field is None:
        return []
    return [{"name": box.display_name, "address": box.addr_spec} for box in field.addresses]


def calendar(message):
    for part in message.walk():
        if part.get_content_type() == "text/calendar" and part.get_filename() is None:
            return {"method": part.get_param("method"), "text": part.get_content()}
    return None


def body(message, kind):
    part = message.get_body((kind,))
    return "" if part is None else part.get_content()


for line in sys.stdin:
    message = email.message_from_bytes(base64.b64decode(line), policy=email.policy.default)
    files = [part for part in message.walk() if part.get_filename() is not None]
    reading = {
        "subject": message["subject"] or "",
        "from": mailboxes(message, "from"),
        "sender": mailboxes(message, "sender"),
        "replyTo": mailboxes(message, "reply-to"),
        "to": mailboxes(message, "to"),
        "cc": mailboxes(message, "cc"),
        "dateMs": int(message["date"].datetime.timestamp() * 1000),
        "messageId": message["message-id"],
        "inReplyTo": message["in-reply-to"],
        "references": (message["references"] or "").split(),
        "calendar": calendar(message),
        "text": body(message, "plain"),
        "html": body(message, "html"),
        "attachments": [
            {
                "filename": part.get_filename(),
                "contentId": part["content-id"],
                "base64": base64.b64encode(part.get_payload(decode=True)).decode(),
            }
            for part in files
        ],
        "defects": [str(each) for part in message.walk() for each in part.defects],
    }
    print(json.dumps(reading))
