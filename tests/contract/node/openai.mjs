// The openai package.
import { json } from 'node:stream/consumers';
import OpenAI from 'openai';

const { address, key, requests } = await json(process.stdin);
const client = new OpenAI({ baseURL: address, apiKey: key, maxRetries: 0 });
const answers = [];
for (const request of requests) {
  try {
    answers.push(await client.moderations.create(request));
  } catch (error) {
    const { name } = error.constructor;
    answers.push({ name, message: error.message, status: error.status, code: error.code });
  }
}
console.log(JSON.stringify(answers));
