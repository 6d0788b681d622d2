"""The quick start of the developer guide in Python: Flask, its session in a cookie of the browser, both tokens in it, and
RingCentral's SDK.
"""

import json
import os
from urllib.parse import urlencode

from flask import Flask, redirect, request, session
from ringcentral import SDK
from werkzeug.serving import make_server

app = Flask(__name__)
app.secret_key = "only for this test"

READS = {
    "extension": "/restapi/v1.0/account/~/extension",
    "extension-call-log": "/restapi/v1.0/account/~/extension/~/call-log",
    "account-call-log": "/restapi/v1.0/account/~/call-log",
}


def platform():
    # One for each request: the guide has one for all users, whose logins spoil each other.
    found = SDK(os.environ["RC_CLIENT_ID"], os.environ["RC_CLIENT_SECRET"], os.environ["RC_SERVER_URL"]).platform()
    if "tokens" in session:
        found.auth().set_data(session["tokens"])
    return found


@app.route("/index")
@app.route("/")
def index():
    if platform().logged_in():
        return '<a href="/test?api=extension">Read</a> <a href="/logout">Log out</a>'
    query = urlencode(
        {
            "response_type": "code",
            "redirect_uri": os.environ["RC_REDIRECT_URL"],
            "client_id": os.environ["RC_CLIENT_ID"],
            "state": "initialState",
        }
    ).replace("&", "&amp;")
    return f'<a href="{os.environ["RC_SERVER_URL"]}/restapi/oauth/authorize?{query}">Log in</a>'


@app.route("/oauth2callback")
def callback():
    if "code" not in request.args:
        return "No authorization code"
    here = platform()
    here.login(code=request.args["code"], redirect_uri=os.environ["RC_REDIRECT_URL"])
    session["tokens"] = here.auth().data()
    return redirect("/")


@app.route("/test")
def test():
    here = platform()
    if not here.logged_in():
        return redirect("/")
    try:
        return "<pre>" + here.get(READS[request.args["api"]]).text().replace("<", "&lt;") + "</pre>"
    except Exception as error:  # as the guide does: the error is shown
        return f"Error: {type(error).__name__}"


@app.route("/logout")
def logout():
    here = platform()
    if here.logged_in():
        here.logout()
    session.pop("tokens", None)
    return redirect("/")


server = make_server("127.0.0.1", 0, app)
print(json.dumps({"step": "listening", "port": server.server_port}), flush=True)
server.serve_forever()
