// perspective-api-client, whose address is built in: the axios that it uses is led to ours.
import { createRequire } from 'node:module';
import { json } from 'node:stream/consumers';

const { address, key, requests } = await json(process.stdin);
const require = createRequire(import.meta.url);
const Perspective = require('perspective-api-client');
const axios = createRequire(require.resolve('perspective-api-client'))('axios');
axios.interceptors.request.use(config => ({
  ...config,
  url: config.url.replace('https://commentanalyzer.googleapis.com', address),
}));

const perspective = new Perspective({ apiKey: key });
const answers = [];
for (const { text, options } of requests) {
  try {
    answers.push(await perspective.analyze(text, options));
  } catch (error) {
    answers.push({ name: error.name, message: error.message, status: error.response?.status });
  }
}
console.log(JSON.stringify(answers));
