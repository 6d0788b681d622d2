// The quick start of the developer guide in JavaScript: one page, three reads, logout; PKCE by a switch. The SDK is
// RingCentral's; each browser has an SDK of its own, which the guide forgets.
'use strict';

const crypto = require('crypto');
const http = require('http');
const { SDK } = require('@ringcentral/sdk');

const usePKCE = process.argv[2] === 'pkce';
const sessions = new Map();

function sessionOf(request, response) {
  const known = /(?:^|; )connect\.sid=([0-9a-f]+)/.exec(request.headers.cookie || '');
  if (known && sessions.has(known[1])) return sessions.get(known[1]);
  const id = crypto.randomBytes(16).toString('hex');
  const rcsdk = new SDK({
    server: process.env.RC_SERVER_URL,
    clientId: process.env.RC_CLIENT_ID,
    clientSecret: process.env.RC_CLIENT_SECRET,
    redirectUri: process.env.RC_REDIRECT_URL,
  });
  sessions.set(id, { id, platform: rcsdk.platform() });
  response.setHeader('Set-Cookie', `connect.sid=${id}; HttpOnly; Path=/`);
  return sessions.get(id);
}

const READS = {
  extension: '/restapi/v1.0/account/~/extension',
  'extension-call-log': '/restapi/v1.0/account/~/extension/~/call-log',
  'account-call-log': '/restapi/v1.0/account/~/call-log',
};

async function route(request, response) {
  const url = new URL(request.url, 'http://localhost');
  const session = sessionOf(request, response);
  const { platform } = session;
  const say = (text) => { response.setHeader('Content-Type', 'text/html'); response.end(text); };
  const back = () => response.writeHead(302, { Location: '/' }).end();
  switch (url.pathname) {
    case '/index':
      return back();
    case '/':
      if (await platform.loggedIn()) return say('<a href="/test?api=extension">Read</a> <a href="/logout">Log out</a>');
      return say(`<a href="${platform.loginUrl({ brandId: '', state: '', usePKCE }).replace(/&/g, '&amp;')}">Log in</a>`);
    case '/oauth2callback':
      if (!url.searchParams.get('code')) return say('No authorization code');
      await platform.login({ code: url.searchParams.get('code'), redirectUri: process.env.RC_REDIRECT_URL });
      return back();
    case '/test': {
      if (!(await platform.loggedIn())) return back();
      const answer = await platform.get(READS[url.searchParams.get('api')], {});
      return say(`<pre>${JSON.stringify(await answer.json()).replace(/</g, '&lt;')}</pre>`);
    }
    case '/logout':
      if (await platform.loggedIn()) await platform.logout();
      sessions.delete(session.id);
      return back();
    default:
      response.statusCode = 404;
      return say('Nothing here');
  }
}

const server = http.createServer((request, response) => {
  route(request, response).catch((error) => { response.end(`Error: ${error.message}`); });
});
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ step: 'listening', port: server.address().port })));
