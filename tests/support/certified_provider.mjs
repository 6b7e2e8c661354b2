// oidc-provider, a certified OpenID provider, in the place of SURFconext and of eduID behind it.
import { createRequire } from 'node:module';
import http from 'node:http';
import { pathToFileURL } from 'node:url';

const [folder, port, redirects, publicKey] = process.argv.slice(2);
const found = createRequire(`${folder}/x.js`).resolve('oidc-provider');
const { Provider } = await import(pathToFileURL(found).href);
const issuer = `http://127.0.0.1:${port}`;
const loa1 = 'http://test.surfconext.nl/assurance/loa1';
const claims = [
  'given_name', 'family_name', 'email', 'schac_home_organization', 'eduperson_affiliation',
  'eduperson_scoped_affiliation',
];
const people = {
  emma: {
    given_name: 'Emma', family_name: 'Jansen', email: 'e.jansen@voorbeeld.example',
    schac_home_organization: 'voorbeeld.example', eduperson_affiliation: ['employee'],
  },
  sofie: {
    given_name: 'Sofie', family_name: 'Peters', email: 'sofie@example.org',
    schac_home_organization: 'eduid.example', eduperson_scoped_affiliation: ['student@voorbeeld.example'],
  },
};
const provider = new Provider(issuer, {
  clients: [{
    client_id: 'course-portal', redirect_uris: redirects.split(' '), response_types: ['code'],
    grant_types: ['authorization_code'], token_endpoint_auth_method: 'private_key_jwt',
    token_endpoint_auth_signing_alg: 'RS256', jwks: { keys: [JSON.parse(publicKey)] },
  }],
  claims: { openid: ['sub', ...claims] },
  pkce: { required: () => true },
  acrValues: [loa1],
  cookies: { keys: ['test'] },
  features: { devInteractions: { enabled: false } },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_, id) => ({
    accountId: id,
    claims: (use) => (use === 'userinfo' ? { sub: id, ...people[id] } : { sub: id }),
  }),
  loadExistingGrant: async (ctx) => {
    const grant = new ctx.oidc.provider.Grant({
      clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId,
    });
    grant.addOIDCScope('openid');
    grant.addOIDCClaims(claims);
    await grant.save();
    return grant;
  },
});
http.createServer(async (request, answer) => {
  if (!request.url.startsWith('/interaction/')) return provider.callback()(request, answer);
  const { params } = await provider.interactionDetails(request, answer);
  await provider.interactionFinished(request, answer, {
    login: { accountId: params.redirect_uri.endsWith('eduid') ? 'sofie' : 'emma', acr: loa1, amr: ['pwd'] },
  });
}).listen(Number(port), '127.0.0.1', () => console.log('ready'));
