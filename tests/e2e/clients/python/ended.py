"""Somebody else ends the session: what a caller of the SDK sees. It never refreshes on a 401."""

import os

from tour import failure, platform_for, say

platform = platform_for()
platform.login(jwt=os.environ["RC_JWT"])
say("waiting")
input()
refused = failure(lambda: platform.get("/restapi/v1.0/account/~/extension/~"))
say("sdk", kept=bool(platform.auth().data()["refresh_token"]), **refused)
