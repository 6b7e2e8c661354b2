// oidc-provider, a certified OpenID provider, in the place of SURFconext.
import { createRequire } from 'node:module';
import http from 'node:http';
import { pathToFileURL } from 'node:url';

const [folder, port, redirect, publicKey] = process.argv.slice(2);
const found = createRequire(`${folder}/x.js`).resolve('oidc-provider');
const { Provider } = await import(pathToFileURL(found).href);
const issuer = `http://127.0.0.1:${port}`;
const loa1 = 'http://test.surfconext.nl/assurance/loa1';
const claims = ['given_name', 'family_name', 'email', 'schac_home_organization', 'eduperson_affiliation'];
const emma = {
  given_name: 'Emma', family_name: 'Jansen', email: 'e.jansen@voorbeeld.example',
  schac_home_organization: 'voorbeeld.example', eduperson_affiliation: ['employee'],
};
const provider = new Provider(issuer, {
  clients: [{
    client_id: 'course-portal', redirect_uris: [redirect], response_types: ['code'],
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
    claims: (use) => (use === 'userinfo' ? { sub: id, ...emma } : { sub: id }),
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
  await provider.interactionFinished(request, answer, {
    login: { accountId: 'emma', acr: loa1, amr: ['pwd'] },
  });
}).listen(Number(port), '127.0.0.1', () => console.log('ready'));
