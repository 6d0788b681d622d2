"""Forms with files in both types, and several messages in one answer (207), as this SDK builds and reads them."""

import os

from ringcentral import SDK
from tour import say

EXTENSION = "/restapi/v1.0/account/~/extension/~"
PICTURE = b"GIF89a a picture"

sdk = SDK(os.environ["RC_CLIENT_ID"], os.environ["RC_CLIENT_SECRET"], os.environ["RC_SERVER_URL"])
platform = sdk.platform()
platform.login(jwt=os.environ["RC_JWT"])
to = [{"phoneNumber": os.environ["RC_TO"]}]


def send(step, path, body, mixed):
    builder = sdk.create_multipart_builder()
    builder.set_body(body)
    builder.set_multipart_mixed(mixed)
    builder.add(("dot.gif", PICTURE, "image/gif"))
    message = platform.send_request(builder.request(EXTENSION + path)).json_dict()
    file = next(attachment for attachment in message["attachments"] if attachment["type"] != "Text")
    content = platform.get(file["uri"]).response().content
    say(step, type=message["type"], kind=file["contentType"], same=content == PICTURE, begins=content[:4].decode())
    return message["id"]


text = {"from": {"phoneNumber": os.environ["RC_FROM"]}, "to": to, "text": "look"}
first = send("picture", "/sms", text, False)
second = send("mixed-fax", "/fax", {"to": to, "faxResolution": "High"}, True)
send("fax", "/fax", {"to": to}, False)

answer = platform.get(f"{EXTENSION}/message-store/{first},1000000,{second}")
parts = answer.multipart()
say(
    "several",
    status=answer.response().status_code,
    statuses=[part.response().status_code for part in parts],
    bodies=[part.json_dict().get("id") or part.json_dict()["errorCode"] for part in parts],
    ids=[first, second],
)
