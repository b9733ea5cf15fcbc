using Microsoft.Extensions.AI;
using UniMed.Inference;
using UniMed.Tests;

namespace UniMed.Hosting.Tests;

/// <summary>A chat client over the bundled model.</summary>
public sealed class ChatHost : IDisposable
{
    private readonly UniMedModel _model = UniMedModel.Load(Golden.NanoModel);

    public ChatHost()
    {
        Engine = UniMedEngine.Create(_model);
        Client = new UniMedChatClient(_model, Engine);
    }

    /// <summary>The engine that answers.</summary>
    public UniMedEngine Engine { get; }

    /// <summary>The client.</summary>
    public IChatClient Client { get; }

    /// <summary>An engine and client of its own.</summary>
    public (UniMedEngine Engine, UniMedChatClient Client) Another()
    {
        var engine = UniMedEngine.Create(_model, new EngineOptions { KvCacheTokens = 1024 });
        return (engine, new UniMedChatClient(_model, engine));
    }

    public void Dispose()
    {
        Client.Dispose();
        Engine.Dispose();
        _model.Dispose();
    }
}
