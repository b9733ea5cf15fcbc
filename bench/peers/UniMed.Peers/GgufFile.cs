using System.Text;
using UniMed.CpuBench;
using UniMed.Native;

namespace UniMed.Peers;

/// <summary>Writes a LLaMA with random weights as llama.cpp reads it (GGUF version 3): the same shapes and bits a weight as ours, no download.</summary>
/// <remarks>Source: the GGUF specification of the ggml project.</remarks>
internal static class GgufFile
{
    private const uint TypeF32 = 0;
    private const uint TypeF16 = 1;
    private const uint TypeQ4 = 2;
    private const uint TypeQ8 = 8;
    private const int Alignment = 32;

    /// <summary>Writes the file unless it is there.</summary>
    /// <param name="path">File.</param>
    /// <param name="shape">Sizes.</param>
    /// <param name="type">F16, I8 (q8_0) or U8 (q4_0).</param>
    public static void Ensure(string path, LlamaShape shape, ElementType type)
    {
        if (File.Exists(path))
            return;
        uint matrix = type switch { ElementType.F16 => TypeF16, ElementType.I8 => TypeQ8, _ => TypeQ4 };
        List<(string Name, int Rows, int Columns, uint Type)> tensors = Tensors(shape, matrix);
        var header = new MemoryStream();
        using var head = new BinaryWriter(header);
        var pairs = new MemoryStream();
        using var pair = new BinaryWriter(pairs);
        int count = WriteMetadata(pair, shape, matrix);
        head.Write("GGUF"u8);
        head.Write(3u);
        head.Write((ulong)tensors.Count);
        head.Write((ulong)count);
        head.Write(pairs.ToArray());
        long offset = 0;
        foreach ((string name, int rows, int columns, uint stored) in tensors)
        {
            Text(head, name);
            head.Write(rows == 1 ? 1u : 2u);
            head.Write((ulong)columns);
            if (rows > 1)
                head.Write((ulong)rows);
            head.Write(stored);
            head.Write((ulong)offset);
            offset += Padded(Bytes(rows, columns, stored));
        }

        string partial = path + ".partial";
        using (FileStream file = File.Create(partial))
        {
            header.WriteTo(file);
            file.Position = Padded(file.Position);
            var random = new Random(1);
            foreach ((string _, int rows, int columns, uint stored) in tensors)
            {
                long end = file.Position + Padded(Bytes(rows, columns, stored));
                for (int row = 0; row < rows; row++)
                    file.Write(Row(random, columns, stored));
                file.SetLength(end);
                file.Position = end;
            }
        }

        File.Move(partial, path);
    }

    private static List<(string Name, int Rows, int Columns, uint Type)> Tensors(LlamaShape shape, uint matrix)
    {
        int kv = shape.KvHeads * shape.HeadDim;
        List<(string, int, int, uint)> tensors =
        [
            ("token_embd.weight", shape.Vocabulary, shape.Hidden, matrix),
            ("output_norm.weight", 1, shape.Hidden, TypeF32),
            ("output.weight", shape.Vocabulary, shape.Hidden, matrix),
        ];
        for (int i = 0; i < shape.Layers; i++)
        {
            string layer = $"blk.{i}.";
            tensors.Add((layer + "attn_norm.weight", 1, shape.Hidden, TypeF32));
            tensors.Add((layer + "attn_q.weight", shape.Hidden, shape.Hidden, matrix));
            tensors.Add((layer + "attn_k.weight", kv, shape.Hidden, matrix));
            tensors.Add((layer + "attn_v.weight", kv, shape.Hidden, matrix));
            tensors.Add((layer + "attn_output.weight", shape.Hidden, shape.Hidden, matrix));
            tensors.Add((layer + "ffn_norm.weight", 1, shape.Hidden, TypeF32));
            tensors.Add((layer + "ffn_gate.weight", shape.Intermediate, shape.Hidden, matrix));
            tensors.Add((layer + "ffn_up.weight", shape.Intermediate, shape.Hidden, matrix));
            tensors.Add((layer + "ffn_down.weight", shape.Hidden, shape.Intermediate, matrix));
        }

        return tensors;
    }

    private static int WriteMetadata(BinaryWriter to, LlamaShape shape, uint matrix)
    {
        int count = 0;
        String("general.architecture", "llama");
        String("general.name", "random");
        Number("general.file_type", matrix switch { TypeF16 => 1u, TypeQ8 => 7u, _ => 2u });
        Number("llama.context_length", 2048);
        Number("llama.embedding_length", (uint)shape.Hidden);
        Number("llama.block_count", (uint)shape.Layers);
        Number("llama.feed_forward_length", (uint)shape.Intermediate);
        Number("llama.attention.head_count", (uint)shape.Heads);
        Number("llama.attention.head_count_kv", (uint)shape.KvHeads);
        Number("llama.rope.dimension_count", (uint)shape.HeadDim);
        Number("llama.vocab_size", (uint)shape.Vocabulary);
        Key("llama.attention.layer_norm_rms_epsilon", 6);
        to.Write(1e-5f);
        String("tokenizer.ggml.model", "llama");
        // Token types: 2 unknown, 3 control, 6 byte, 1 normal.
        string[] tokens = ["<unk>", "<s>", "</s>", .. Enumerable.Range(0, 256).Select(b => $"<0x{b:X2}>"), .. Enumerable.Range(0, shape.Vocabulary - 259).Select(i => $"t{i}")];
        Array("tokenizer.ggml.tokens", 8);
        foreach (string token in tokens)
            Text(to, token);
        Array("tokenizer.ggml.scores", 6);
        foreach (string _ in tokens)
            to.Write(0f);
        Array("tokenizer.ggml.token_type", 5);
        for (int i = 0; i < tokens.Length; i++)
            to.Write(i == 0 ? 2 : i < 3 ? 3 : i < 259 ? 6 : 1);
        Number("tokenizer.ggml.bos_token_id", 1);
        Number("tokenizer.ggml.eos_token_id", 2);
        return count;

        void Key(string key, uint type)
        {
            Text(to, key);
            to.Write(type);
            count++;
        }

        void Number(string key, uint value)
        {
            Key(key, 4);
            to.Write(value);
        }

        void String(string key, string value)
        {
            Key(key, 8);
            Text(to, value);
        }

        void Array(string key, uint type)
        {
            Key(key, 9);
            to.Write(type);
            to.Write((ulong)tokens.Length);
        }
    }

    private static byte[] Row(Random random, int columns, uint type)
    {
        var bytes = new byte[Bytes(1, columns, type)];
        if (type == TypeF32)
        {
            FloatConversion.FromSingle([.. Enumerable.Repeat(1f, columns)], ElementType.F32, bytes);
            return bytes;
        }

        float scale = 1 / MathF.Sqrt(columns);
        if (type == TypeF16)
        {
            var row = new float[columns];
            for (int i = 0; i < columns; i++)
                row[i] = ((random.NextSingle() * 2) - 1) * scale;
            FloatConversion.FromSingle(row, ElementType.F16, bytes);
            return bytes;
        }

        random.NextBytes(bytes);
        int block = type == TypeQ8 ? 34 : 18;
        for (int at = 0; at < bytes.Length; at += block)
            BitConverter.TryWriteBytes(bytes.AsSpan(at), (Half)(scale / (type == TypeQ8 ? 127 : 8)));
        return bytes;
    }

    private static long Bytes(int rows, int columns, uint type) => (long)rows * type switch
    {
        TypeF32 => columns * 4L,
        TypeF16 => columns * 2L,
        TypeQ8 => columns / 32 * 34L,
        _ => columns / 32 * 18L,
    };

    private static long Padded(long bytes) => (bytes + Alignment - 1) / Alignment * Alignment;

    private static void Text(BinaryWriter to, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        to.Write((ulong)bytes.Length);
        to.Write(bytes);
    }
}
