// Keeps one model loaded and times a round whenever a line comes in, so that rounds of two engines can alternate.
// usage: node rounds.mjs MODEL.gguf THREADS PROMPT NEW      prints {"prompt": seconds, "decode": seconds} for each line read
import { createInterface } from "node:readline";
import { getLlama, LlamaLogLevel } from "node-llama-cpp";

const [file, threads, prompt, fresh] = process.argv.slice(2);
const llama = await getLlama({ gpu: false, build: "never", logLevel: LlamaLogLevel.error, maxThreads: +threads });
const model = await llama.loadModel({ modelPath: file });
const context = await model.createContext({ contextSize: 512, threads: +threads, batchSize: 512 });
console.log("ready");
let round = 0;
for await (const _ of createInterface({ input: process.stdin })) {
  const sequence = context.getSequence();
  const tokens = [1, ...Array.from({ length: +prompt - 1 }, (_, i) => 300 + ((i * 7919 + round * 13) % 1500))];
  round++;
  let first = 0, count = 0;
  const start = performance.now();
  for await (const _ of sequence.evaluate(tokens, { temperature: 0, yieldEogToken: true })) {
    if (count === 0) first = performance.now();
    if (++count > +fresh) break;
  }
  const end = performance.now();
  sequence.dispose();
  console.log(JSON.stringify({ prompt: (first - start) / 1e3, decode: (end - first) / 1e3 }));
}
process.exit(0);
