// Keeps one model loaded and times a round whenever a line comes in, so that rounds of two engines can alternate.
// usage: node rounds.mjs MODEL.gguf THREADS PROMPT NEW wall|cpu      prints {"prompt": seconds, "decode": seconds} for each line read
import { createInterface } from "node:readline";
import { getLlama, LlamaLogLevel } from "node-llama-cpp";

const [file, threads, prompt, fresh, clock] = process.argv.slice(2);
// Processor seconds count the process's threads together: fair for one thread, whatever else runs on the machine.
const now = () => { if (clock !== "cpu") return performance.now(); const used = process.cpuUsage(); return (used.user + used.system) / 1e3; };
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
  const start = now();
  for await (const _ of sequence.evaluate(tokens, { temperature: 0, yieldEogToken: true })) {
    if (count === 0) first = now();
    if (++count > +fresh) break;
  }
  const end = now();
  sequence.dispose();
  console.log(JSON.stringify({ prompt: (first - start) / 1e3, decode: (end - first) / 1e3 }));
}
process.exit(0);
