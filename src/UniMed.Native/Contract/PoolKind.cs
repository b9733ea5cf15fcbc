namespace UniMed.Native;

/// <summary>How a 2 x 2 window of patches becomes one token.</summary>
public enum PoolKind
{
    /// <summary>Mean of the four.</summary>
    Average,

    /// <summary>Largest of the four, channel by channel.</summary>
    Max,
}
