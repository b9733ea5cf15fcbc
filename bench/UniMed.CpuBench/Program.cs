using System.Diagnostics;
using System.Globalization;
using UniMed.CpuBench;
using UniMed.Inference;
using UniMed.Native;
using UniMed.Native.Cpu;

// usage: UniMed.CpuBench llama|vision|prefetch|tasks|start|load [--shape tinyllama-1.1b|llama2-7b] [--types f16,int8,int4] [--threads N] [--prompt N] [--new N] [--repeat N] [--clock wall|cpu] [--prefetch AllCaches|NonTemporal]
// tasks [--model models/unimed-nano] [--image FILE]: the six tasks about one picture, after the model is loaded.
// start [--model models/unimed-nano] [--image FILE] [--against UniMed.CpuBench.dll]: new processes that load the model and ask one question, --repeat of them; against those of another build, in turns.
// prefetch: decoding with prefetcht0 and prefetchnta in turn, in one process; use it where docs/performance.md has no figure for the processor.
// load: what loading a matrix takes on the emulated CUDA device, the emulated kernel that packs it included; bench/gpu tells the host's share. DOTNET_PROCESSOR_COUNT says on how many processors.
// --clock cpu counts processor seconds instead: of one thread they hardly depend on what else runs on the machine.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
string mode = args.Length > 0 ? args[0] : "llama";
string Option(string name, string fallback) => Array.IndexOf(args, "--" + name) is >= 0 and int i && i + 1 < args.Length ? args[i + 1] : fallback;
int threads = int.Parse(Option("threads", Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture)), CultureInfo.InvariantCulture);
int repeat = int.Parse(Option("repeat", "5"), CultureInfo.InvariantCulture);
BenchClock.ByProcessorTime = Option("clock", "wall") == "cpu";
if (mode == "tasks")
{
    using UniMedModel model = UniMedModel.Load(Option("model", "models/unimed-nano"), new UniMedModelOptions { Device = "cpu", Threads = threads });
    MedicalImage image = MedicalImage.Load(Option("image", "samples/slices/mri_sagittal_073.png"));
    long began = Stopwatch.GetTimestamp();
    int tokens = await SixTasks.AskAsync(model, image);
    double first = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
    for (int i = 0; i < 20; i++)
        await SixTasks.AskAsync(model, image);
    var rounds = new double[Math.Max(repeat, 5)];
    for (int i = 0; i < rounds.Length; i++)
    {
        began = Stopwatch.GetTimestamp();
        await SixTasks.AskAsync(model, image);
        rounds[i] = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
    }

    Console.WriteLine($"six tasks, one picture, {tokens} tokens, {threads} threads: {Median(rounds):0.0} ms ({rounds.Min():0.0} to {rounds.Max():0.0}); the first time in the process, compilation included, {first:0} ms");
    return;
}

if (mode is "start" or Starts.OneStart)
{
    var starts = new Starts(Option("model", "models/unimed-nano"), Option("image", "samples/slices/mri_sagittal_073.png"), threads);
    if (mode == "start")
        starts.Print(int.Parse(Option("repeat", "15"), CultureInfo.InvariantCulture), Option("against", ""));
    else
        Console.WriteLine((await starts.OnceAsync()).ToLine());
    return;
}

if (mode == "load")
{
    using Device card = DeviceCatalog.Create("cuda-emulated");
    const int Rows = 11008, Columns = 4096;
    foreach (string type in Option("types", "f16,int8,int4").Split(','))
    {
        HostTensor matrix = new RandomMatrix(Rows, Columns, TypeOf(type), 1).Tensor;
        double[] seconds = Times(repeat, () => card.LoadLinear(matrix, null).Dispose());
        double weights = (double)Rows * Columns;
        Console.WriteLine($"load {type}, {Rows} x {Columns}, {Environment.ProcessorCount} processors: {Median(seconds) * 1e3:0} ms ({seconds.Min() * 1e3:0} to {seconds.Max() * 1e3:0}), {Median(seconds) / weights * 1e9:0.00} ns a weight");
    }

    return;
}

double gflops = BenchClock.Gigaflops(threads);
double gigabytes = BenchClock.ReadGigabytes(threads);
using var device = new CpuDevice(new CpuDeviceOptions { Threads = threads, Prefetch = Option("prefetch", "") is { Length: > 0 } hint ? Enum.Parse<PrefetchHint>(hint) : null });
Console.WriteLine($"{device.Info.Description}; measured: {gflops:0} GFLOP/s fp32 multiply-add, {gigabytes:0.0} GB/s read");
foreach (string type in Option("types", mode == "vision" ? "f32" : "f16,int8,int4").Split(','))
{
    ElementType element = TypeOf(type);
    if (mode == "vision")
    {
        using var vision = new RandomVision(device, 6, element);
        double[] seconds = Times(repeat, vision.Run);
        Console.WriteLine($"vision {type}: {vision.Flops / 1e9 / Median(seconds):0} GFLOP/s ({vision.Flops / 1e9 / Median(seconds) / gflops:p0} of peak), {Median(seconds) * 1e3 / 6 * 39:0} ms for 39 blocks");
        continue;
    }

    LlamaShape shape = Option("shape", "tinyllama-1.1b") == "llama2-7b" ? LlamaShape.Llama2 : LlamaShape.TinyLlama;
    int prompt = int.Parse(Option("prompt", "128"), CultureInfo.InvariantCulture);
    int fresh = int.Parse(Option("new", "48"), CultureInfo.InvariantCulture);
    if (mode == "prefetch")
    {
        using var pairs = new PrefetchPairs(threads, shape, element, fresh + 1);
        (double[] all, double[] past) = pairs.Run(repeat, fresh);
        double[] ratios = [.. all.Zip(past, (a, p) => a / p)];
        Console.WriteLine($"{shape.Name} {type}: prefetcht0 {Median(all):0.0} tok/s, prefetchnta {Median(past):0.0} tok/s, {Median(ratios):0.00}x ({ratios.Min():0.00} to {ratios.Max():0.00})");
        continue;
    }

    using var llama = new RandomLlama(device, shape, element, prompt + fresh + 1);
    int[] ids = [.. Enumerable.Range(0, prompt).Select(i => 300 + (i * 7919 % 1500))];
    double[] prefill = Times(repeat, () => llama.Step(ids, 0));
    int next = 1;
    double[] decode = Times(repeat, () =>
    {
        for (int i = 0; i < fresh; i++)
            next = llama.Step([next], prompt + i);
    });
    double perToken = Median(decode) / fresh;
    double work = 2.0 * shape.LayerWeights * prompt;
    Console.WriteLine(
        $"{shape.Name} {type}: prompt {prompt / Median(prefill):0.0} tok/s ({work / 1e9 / Median(prefill):0} GFLOP/s, {work / 1e9 / Median(prefill) / gflops:p0}), decode {1 / perToken:0.00} tok/s ({llama.TokenBytes / 1e9 / perToken:0.0} GB/s, {llama.TokenBytes / 1e9 / perToken / gigabytes:p0})");
}

static ElementType TypeOf(string type) =>
    type switch { "f32" => ElementType.F32, "f16" => ElementType.F16, "bf16" => ElementType.BF16, "int8" => ElementType.I8, "int4" => ElementType.U8, _ => throw new ArgumentException($"'{type}' is no type.") };

static double[] Times(int repeat, Action action)
{
    // The JIT's last tier comes after some calls; these do not count.
    for (int i = 0; i < 2; i++)
        action();
    var seconds = new double[repeat];
    for (int i = 0; i < repeat; i++)
    {
        double start = BenchClock.Now();
        action();
        seconds[i] = BenchClock.Now() - start;
    }

    return seconds;
}

static double Median(double[] values)
{
    double[] sorted = [.. values.Order()];
    return sorted[sorted.Length / 2];
}
