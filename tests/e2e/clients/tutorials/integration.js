// A public integration: the authorization code flow by hand, tokens kept for each browser, a refresh when the platform
// says 401. As a reader of the tutorial would write it, but repeating the call only once.
'use strict';

const crypto = require('crypto');
const http = require('http');

const { RC_SERVER_URL, RC_CLIENT_ID, RC_CLIENT_SECRET, RC_REDIRECT_URL } = process.env;
const sessions = new Map();

function sessionOf(request, response) {
  const known = /(?:^|; )integration=([0-9a-f]+)/.exec(request.headers.cookie || '');
  if (known && sessions.has(known[1])) return sessions.get(known[1]);
  const id = crypto.randomBytes(16).toString('hex');
  sessions.set(id, {});
  response.setHeader('Set-Cookie', `integration=${id}; HttpOnly; Path=/`);
  return sessions.get(id);
}

async function askForTokens(form) {
  const answer = await fetch(`${RC_SERVER_URL}/restapi/oauth/token`, {
    method: 'POST',
    headers: { Authorization: `Basic ${Buffer.from(`${RC_CLIENT_ID}:${RC_CLIENT_SECRET}`).toString('base64')}` },
    body: new URLSearchParams(form),
  });
  if (!answer.ok) throw new Error(`the token endpoint answered ${answer.status}`);
  return answer.json();
}

async function call(session, path, repeated = false) {
  const answer = await fetch(RC_SERVER_URL + path, {
    headers: { Authorization: `Bearer ${session.tokens.access_token}`, Accept: 'application/json' },
  });
  if (answer.status === 401 && !repeated) {
    session.tokens = await askForTokens({ grant_type: 'refresh_token', refresh_token: session.tokens.refresh_token });
    return call(session, path, true);
  }
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
  return answer.json();
}

async function route(request, response) {
  const url = new URL(request.url, 'http://localhost');
  const session = sessionOf(request, response);
  const say = (status, text) => { response.statusCode = status; response.end(text); };
  if (url.pathname === '/login') {
    session.state = crypto.randomBytes(16).toString('hex');
    const query = new URLSearchParams({
      response_type: 'code', client_id: RC_CLIENT_ID, redirect_uri: RC_REDIRECT_URL, state: session.state,
    });
    response.writeHead(302, { Location: `${RC_SERVER_URL}/restapi/oauth/authorize?${query}` }).end();
  } else if (url.pathname === '/oauth2callback') {
    if (!session.state || url.searchParams.get('state') !== session.state) return say(400, 'State mismatch');
    delete session.state;
    session.tokens = await askForTokens({
      grant_type: 'authorization_code', code: url.searchParams.get('code'), redirect_uri: RC_REDIRECT_URL,
    });
    return say(200, 'Logged in');
  } else if (url.pathname === '/extension') {
    if (!session.tokens) return say(401, 'Log in first');
    const extension = await call(session, '/restapi/v1.0/account/~/extension/~');
    return say(200, extension.name);
  } else {
    return say(404, 'Nothing here');
  }
  return undefined;
}

const server = http.createServer((request, response) => {
  route(request, response).catch((error) => { response.statusCode = 500; response.end(error.message); });
});
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ step: 'listening', port: server.address().port })));
