using System.Globalization;
using TorchSharp;
using UniMed.CpuBench;
using UniMed.Native;
using UniMed.Native.Cpu;
using UniMed.Peers;

// usage: UniMed.Peers llama|torch|all FOLDER [--shape tinyllama-1.1b|llama2-7b] [--layers N] [--types f16,int8,int4] [--threads 2] [--prompt 128] [--new 32] [--rounds 5] [--clock wall|cpu]
// --layers cuts a shape short: two models of 7 billion weights in f16 do not fit into 24 GB side by side.
// FOLDER keeps GGUF files between runs; bench/peers/llama.cpp needs its node_modules.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
string mode = args.Length > 0 ? args[0] : "all";
string folder = args.Length > 1 ? args[1] : Path.Combine(Path.GetTempPath(), "unimed-peers");
string Option(string name, string fallback) => Array.IndexOf(args, "--" + name) is >= 0 and int i && i + 1 < args.Length ? args[i + 1] : fallback;
int Number(string name, int fallback) => int.Parse(Option(name, $"{fallback}"), CultureInfo.InvariantCulture);
BenchClock.ByProcessorTime = Option("clock", "wall") == "cpu";
int threads = Number("threads", 2);
int rounds = Number("rounds", 5);
Directory.CreateDirectory(folder);
using var device = new CpuDevice(new CpuDeviceOptions { Threads = threads });
Console.WriteLine($"{device.Info.Description}; measured {BenchClock.Gigaflops(threads):0} GFLOP/s fp32 multiply-add, {BenchClock.ReadGigabytes(threads):0.0} GB/s read; {rounds} rounds, ours and theirs in turn");
Console.WriteLine("| work | ours | peer | ours / peer: median (least to most) |");
Console.WriteLine("|---|---|---|---|");
if (mode is "llama" or "all")
{
    LlamaShape shape = Option("shape", "tinyllama-1.1b") == "llama2-7b" ? LlamaShape.Llama2 : LlamaShape.TinyLlama;
    if (Number("layers", shape.Layers) is int layers && layers != shape.Layers)
        shape = shape with { Layers = layers, Name = $"{shape.Name}, {layers} layers" };
    int prompt = Number("prompt", 128);
    int fresh = Number("new", 32);
    string scripts = Option("scripts", Path.Combine(Environment.CurrentDirectory, "bench", "peers", "llama.cpp"));
    foreach (string type in Option("types", "f16,int8,int4").Split(','))
    {
        (ElementType element, string theirs) = type switch { "f16" => (ElementType.F16, "f16"), "int8" => (ElementType.I8, "q8_0"), _ => (ElementType.U8, "q4_0") };
        string file = Path.Combine(folder, $"{shape.Name.Replace(", ", "-", StringComparison.Ordinal).Replace(' ', '-')}-{theirs}.gguf");
        GgufFile.Ensure(file, shape, element);
        using var peer = new LlamaCppPeer(scripts, file, threads, prompt, fresh);
        using var llama = new RandomLlama(device, shape, element, prompt + fresh + 1);
        int[] ids = [.. Enumerable.Range(0, prompt).Select(i => 300 + (i * 7919 % 1500))];
        var prefill = new Ratio();
        var decode = new Ratio();
        for (int round = -2; round < rounds; round++)
        {
            (double theirPrompt, double theirDecode) = peer.Round();
            double ourPrompt = Seconds(() => llama.Step(ids, 0));
            double ourDecode = Seconds(() =>
            {
                for (int i = 0, next = 1; i < fresh; i++)
                    next = llama.Step([next], prompt + i);
            });
            // The first rounds load pages and compile.
            if (round < 0)
                continue;
            prefill.Add(ourPrompt, theirPrompt);
            decode.Add(ourDecode, theirDecode);
        }

        Console.WriteLine(prefill.Row($"{shape.Name} {type}, prompt of {prompt}, llama.cpp {theirs}", prompt, "tok/s"));
        Console.WriteLine(decode.Row($"{shape.Name} {type}, decode, llama.cpp {theirs}", fresh, "tok/s"));
    }
}

if (mode is "torch" or "all")
{
    torch.set_num_threads(threads);
    const int Blocks = 4;
    foreach ((ElementType element, torch.ScalarType theirs, string name) in new[] { (ElementType.F32, torch.ScalarType.Float32, "f32"), (ElementType.BF16, torch.ScalarType.BFloat16, "bf16") })
    {
        using var vision = new RandomVision(device, Blocks, element);
        Compare(rounds, vision.Run, TorchPeer.Vision(Blocks, theirs), $"ViT-g, {Blocks} blocks, one image, {name}, libtorch {name}", vision.Flops / 1e9, "GFLOP/s");
        // Ours embeds and chooses a token of a small vocabulary too.
        int prompt = Number("prompt", 128);
        LlamaShape shape = LlamaShape.Llama2 with { Name = "llama2-7b, 2 layers", Layers = 2, Vocabulary = 2000 };
        using var llama = new RandomLlama(device, shape, element, prompt + 1);
        int[] ids = [.. Enumerable.Range(0, prompt).Select(i => 300 + (i * 7919 % 1500))];
        Compare(rounds, () => llama.Step(ids, 0), TorchPeer.Llama(shape, prompt, theirs), $"{shape.Name}, prompt of {prompt}, {name}, libtorch {name}", 2.0 * shape.LayerWeights * prompt / 1e9, "GFLOP/s");
    }

    using var connector = new RandomConnector(device, ElementType.F32);
    Compare(rounds, connector.Run, TorchPeer.Connector(torch.ScalarType.Float32), "connector, one image, f32, libtorch f32 as the authors write it", 1, "images/s");
}

static void Compare(int rounds, Action ours, Action theirs, string work, double units, string unit)
{
    var ratio = new Ratio();
    for (int round = -2; round < rounds; round++)
    {
        double peer = Seconds(theirs);
        double own = Seconds(ours);
        if (round >= 0)
            ratio.Add(own, peer);
    }

    Console.WriteLine(ratio.Row(work, units, unit));
}

static double Seconds(Action action)
{
    double start = BenchClock.Now();
    action();
    return BenchClock.Now() - start;
}
