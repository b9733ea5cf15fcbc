using System.Text;
using UniMed.Inference;

namespace UniMed.Fuzz;

/// <summary>A JSON schema that answers are to satisfy: reading it, and the automaton made of it.</summary>
internal sealed class JsonSchemaTarget : IFuzzTarget
{
    public string Name => "json-schema";

    public IEnumerable<string> CorpusFiles => Corpus.Of(Name);

    public void Run(ReadOnlySpan<byte> input) => AnswerConstraint.JsonSchema(Encoding.UTF8.GetString(input));
}
