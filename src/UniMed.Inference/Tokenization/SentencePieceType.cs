namespace UniMed.Inference.Tokenization;

/// <summary>What a vocabulary entry of a SentencePiece model stands for; the numbers are those of its file format.</summary>
internal enum SentencePieceType
{
    /// <summary>A piece of text, U+2581 standing for a space.</summary>
    Normal = 1,

    /// <summary>The token of what the vocabulary cannot spell.</summary>
    Unknown = 2,

    /// <summary>A token without a surface, such as the beginning of a sequence.</summary>
    Control = 3,

    /// <summary>A piece that is always kept whole.</summary>
    UserDefined = 4,

    /// <summary>A piece that is never the result of encoding.</summary>
    Unused = 5,

    /// <summary>One byte of a UTF-8 sequence, spelled &lt;0x00&gt; to &lt;0xFF&gt;.</summary>
    Byte = 6,
}
