using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace UniMed.Inference.Scheduling;

/// <summary>What a full cache block holds: the tokens of its positions and of all before them, images by content and task. Equal keys, equal keys and values in the cache.</summary>
/// <remarks>128 bits of a chained SHA-256: nobody can make two prompts meet. A class that compares itself: dictionaries of it are code that the runtime has compiled already.</remarks>
internal sealed record PrefixKey(UInt128 Value)
{
    public bool Equals(PrefixKey? other) => other is not null && Value == other.Value;

    public override int GetHashCode() => (int)(ulong)Value;

    /// <summary>Keys of a prompt's full blocks.</summary>
    /// <param name="ids">Token ids; ~i stands for visual token i of all images.</param>
    /// <param name="contentHashes">Hash of each image, in order.</param>
    /// <param name="tokensPerImage">Visual tokens of an image.</param>
    /// <param name="task">The task that routes the images.</param>
    /// <param name="blockSize">Positions of a block.</param>
    public static PrefixKey[] Of(ReadOnlySpan<int> ids, IReadOnlyList<string> contentHashes, int tokensPerImage, UniMedTask task, int blockSize)
    {
        var keys = new PrefixKey[ids.Length / blockSize];
        Span<byte> number = stackalloc byte[sizeof(int)];
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        digest.Clear();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (int block = 0; block < keys.Length; block++)
        {
            hash.AppendData(digest);
            int seen = -1;
            foreach (int id in ids.Slice(block * blockSize, blockSize))
            {
                BinaryPrimitives.WriteInt32LittleEndian(number, id);
                hash.AppendData(number);
                if (id >= 0 || ~id / tokensPerImage == seen)
                    continue;
                seen = ~id / tokensPerImage;
                hash.AppendData(Encoding.ASCII.GetBytes(contentHashes[seen]));
                BinaryPrimitives.WriteInt32LittleEndian(number, (int)task);
                hash.AppendData(number);
            }

            hash.GetHashAndReset(digest);
            keys[block] = new PrefixKey(BinaryPrimitives.ReadUInt128LittleEndian(digest));
        }

        return keys;
    }
}
