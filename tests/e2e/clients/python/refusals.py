"""What a caller of the SDK reads when the platform says no."""

import os

from tour import failure, platform_for, say

user = {
    "username": os.environ["RC_USERNAME"],
    "extension": os.environ["RC_EXTENSION"],
    "password": os.environ["RC_PASSWORD"],
}
wrong = {**user, "password": "not the password"}
say("wrong-password", **failure(lambda: platform_for().login(**wrong)))
say("wrong-secret", **failure(lambda: platform_for(RC_CLIENT_SECRET="not the secret").login(**user)))
say("wrong-jwt", **failure(lambda: platform_for().login(jwt="not.a.jwt")))
say("wrong-code", **failure(lambda: platform_for().login(code="not-a-code", redirect_uri=os.environ["RC_REDIRECT_URL"])))

platform = platform_for()
platform.login(**user)
say("no-such-extension", **failure(lambda: platform.get("/restapi/v1.0/account/~/extension/1")))
say("no-such-path", **failure(lambda: platform.get("/restapi/v1.0/nothing-here")))
say("bad-parameter", **failure(lambda: platform.get("/restapi/v1.0/account/~/call-log", {"dateFrom": "yesterday"})))
