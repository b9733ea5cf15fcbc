namespace UniMed.Native;

/// <summary>The router's two layers: fc1 [hidden, in] and fc2 [experts, hidden].</summary>
public abstract class RouterWeights : DeviceWeights
{
    /// <summary>Creates the base of a device's weights.</summary>
    /// <param name="device">The device that loads them.</param>
    /// <param name="taskColumns">Columns of the first layer that meet the task token.</param>
    /// <param name="tokenColumns">Columns of the first layer that meet the visual token.</param>
    /// <param name="hidden">Channels between the layers.</param>
    /// <param name="experts">Logits, one for each expert.</param>
    protected RouterWeights(Device device, int taskColumns, int tokenColumns, int hidden, int experts)
        : base(device)
    {
        TaskColumns = taskColumns;
        TokenColumns = tokenColumns;
        Hidden = hidden;
        Experts = experts;
    }

    /// <summary>Columns of the first layer that meet the task token.</summary>
    public int TaskColumns { get; }

    /// <summary>Columns of the first layer that meet the visual token.</summary>
    public int TokenColumns { get; }

    /// <summary>Channels between the layers.</summary>
    public int Hidden { get; }

    /// <summary>Logits, one for each expert.</summary>
    public int Experts { get; }
}
