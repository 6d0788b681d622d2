"""What every login is followed by: the reads of the tutorials, a text message, a refresh and a logout.

Each step prints one line of JSON, which the Rust test reads.
"""

import json
import os
import warnings

from ringcentral import SDK
from ringcentral.http.api_exception import ApiException

# The SDK warns about the retired password login; the test uses it on purpose.
warnings.filterwarnings("ignore")


def say(step, **facts):
    print(json.dumps({"step": step, **facts}), flush=True)


def platform_for(**changed):
    """The SDK as the tutorials make it, from the variables of their `.env`."""
    values = {**os.environ, **changed}
    return SDK(values["RC_CLIENT_ID"], values["RC_CLIENT_SECRET"], values["RC_SERVER_URL"]).platform()


def failure(call):
    """The error that a caller of the SDK sees."""
    try:
        call()
    except ApiException as error:
        response = error.api_response().response()
        status = None if response is None else response.status_code
        body = None if response is None else response.text
        return {"failed": True, "status": status, "body": body}
    except Exception as error:  # the SDK raises bare exceptions before it sends anything
        return {"failed": True, "status": None, "body": str(error)}
    return {"failed": False}


def login(platform, **options):
    answer = platform.login(**options)
    token = answer.json_dict()
    say(
        "login",
        status=answer.response().status_code,
        tokenType=token["token_type"],
        expiresIn=token["expires_in"],
        refreshExpiresIn=token["refresh_token_expires_in"],
        ownerId=token["owner_id"],
        scopes=token["scope"].split(" "),
    )


def reads(platform):
    cases = [
        ("extensions", "/restapi/v1.0/account/~/extension"),
        ("extension-calls", "/restapi/v1.0/account/~/extension/~/call-log"),
        # Without the prefix, which this SDK adds by itself.
        ("account-calls", "/account/~/call-log"),
    ]
    for step, path in cases:
        answer = platform.get(path)
        found = answer.json_dict()
        records = found["records"]
        first_page = found.get("navigation", {}).get("firstPage", {}).get("uri")
        say(step, status=answer.response().status_code, count=len(records), first=records[0], firstPage=first_page)


def sms(platform):
    text = "Your table is ready, says Python"
    sent = platform.post(
        "/restapi/v1.0/account/~/extension/~/sms",
        {
            "from": {"phoneNumber": os.environ["RC_FROM"]},
            "to": [{"phoneNumber": os.environ["RC_TO"]}],
            "text": text,
        },
    )
    message = sent.json_dict()
    say("sms", status=sent.response().status_code, id=message["id"], direction=message["direction"], type=message["type"])

    query = {"messageType": "SMS", "direction": "Outbound"}
    stored = platform.get("/restapi/v1.0/account/~/extension/~/message-store", query)
    found = next((record for record in stored.json_dict()["records"] if record["id"] == message["id"]), {})
    to = found.get("to", [{}])[0].get("phoneNumber")
    say("message-store", status=stored.response().status_code, found=found.get("subject") == text, to=to)


def refresh(platform):
    before = platform.auth().data()
    before = (before["access_token"], before["refresh_token"], before["owner_id"])
    platform.refresh()
    after = platform.auth().data()
    say(
        "refresh",
        newAccess=before[0] != after["access_token"],
        newRefresh=before[1] != after["refresh_token"],
        sameOwner=before[2] == after["owner_id"],
    )
    answer = platform.get("/restapi/v1.0/account/~/extension/~")
    say("after-refresh", status=answer.response().status_code)


def logout(platform):
    tokens = dict(platform.auth().data())
    answer = platform.logout()
    say("logout", status=answer.response().status_code)
    say("after-logout", **failure(lambda: platform.get("/restapi/v1.0/account/~/extension/~")))
    # The tokens themselves are dead, not only forgotten.
    platform.auth().set_data(tokens)
    say("with-old-tokens", **failure(lambda: platform.get("/restapi/v1.0/account/~/extension/~")))


def tour(platform, **options):
    login(platform, **options)
    reads(platform)
    sms(platform)
    refresh(platform)
    logout(platform)
