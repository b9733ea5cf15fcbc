namespace UniMed.Inference;

/// <summary>Why UniMed did not do what was asked: who can mend it, and whether asking again may help.</summary>
public enum UniMedFailure
{
    /// <summary>A text, picture, option or path that cannot be used as it was given. Whoever gave it can mend it; asking again changes nothing.</summary>
    InvalidInput,

    /// <summary>The engine's queue is full. Ask again later.</summary>
    Overloaded,

    /// <summary>The answer was not finished in the time it was given. Ask with more time, or when less runs.</summary>
    DeadlineExceeded,

    /// <summary>
    /// The request was cancelled: by its caller's token, because nobody waited for it any more, or by the engine's end. It ends with <see cref="OperationCanceledException"/>, as tasks do;
    /// <see cref="UniMedException.ReasonOf"/> tells it like the others.
    /// </summary>
    Cancelled,

    /// <summary>The device failed while it worked, or the engine gave up after such failures. Another request may succeed; when it goes on, the device needs attention.</summary>
    DeviceFailed,

    /// <summary>Memory does not suffice for what the options of model or engine ask. Whoever runs the host can mend it.</summary>
    OutOfMemory,

    /// <summary>Files of the model are missing, broken, or do not belong together. Whoever runs the host can mend it.</summary>
    ModelFiles,

    /// <summary>A fault in UniMed itself: please report it.</summary>
    Internal,
}
