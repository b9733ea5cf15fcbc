using System.CommandLine;
using UniMed.Cli.Rendering;
using UniMed.Cli.Requests;
using UniMed.Cli.Streams;
using UniMed.Inference;

namespace UniMed.Cli.Commands;

/// <summary>unimed tokenize: the pieces and ids of a text, or the ids of a file of texts.</summary>
internal sealed class TokenizeCommand
{
    private readonly Argument<string?> _text = new("TEXT")
    {
        Description = "The text as one quoted argument; it is taken as it is, nothing is put around it.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string?> _model = ModelFlags.FolderOption();

    private readonly Option<string?> _tokenizer = new("--tokenizer")
    {
        Description = "A tokenizer.model, or a folder that holds one, instead of a model folder's. special_tokens_map.json and tokenizer_config.json beside it say what white space special tokens take with them.",
        HelpName = "PATH",
    };

    private readonly Option<string?> _input = new("--input")
    {
        Description = "Texts, one JSON object on each line, {\"text\"} and optionally \"id\"; - reads standard input.",
        HelpName = "JSONL",
    };

    private readonly Option<string?> _output = new("--output")
    {
        Description = "Ids, one JSON object for each line of --input: {\"ids\", \"decoded\"}, without the begin token; - writes standard output. Pipes and devices take lines as they are made. A file that is there is replaced, when all texts are done.",
        HelpName = "JSONL",
    };

    private readonly Option<bool> _json = JsonFlag.Create();
    private readonly CommandConsole _console;

    private TokenizeCommand(CommandConsole console) => _console = console;

    public static Command Create(CommandConsole console)
    {
        var tokenize = new TokenizeCommand(console);
        var command = new Command("tokenize", "Show the tokens of a text as the language model sees it, or write the ids of a file of texts. No weights are read.")
        {
            tokenize._text, tokenize._model, tokenize._tokenizer, tokenize._input, tokenize._output, tokenize._json,
        };
        command.SetAction(tokenize.ExecuteAsync);
        return command;
    }

    private async Task<int> ExecuteAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        string? text = parsed.GetValue(_text);
        string? input = parsed.GetValue(_input);
        string? output = parsed.GetValue(_output);
        RequireSense(parsed, text, input, output);
        if (output is null || parsed.GetValue(_json) || OutputPath.IsStandardOutput(output))
            _console.RequireOutput();
        string source = parsed.GetValue(_tokenizer) ?? ModelFlags.ResolveFolder(parsed.GetValue(_model));
        LlamaTokenizer tokenizer = LlamaTokenizer.Load(source);
        if (text is null)
            return await TokenizeFileAsync(tokenizer, source, input!, output!, parsed.GetValue(_json), cancellationToken);

        TokensRecord tokens = TokensRecord.Of(tokenizer, text);
        if (parsed.GetValue(_json))
            AnswerPrinter.WriteJson(_console, tokens, UnimedJson.Lines.TokensRecord);
        else
            TokensPrinter.Print(_console, tokens);
        return ExitCode.Success;
    }

    private void RequireSense(ParseResult parsed, string? text, string? input, string? output)
    {
        if (parsed.GetValue(_model) is not null && parsed.GetValue(_tokenizer) is not null)
            throw new UsageException("--model and --tokenizer both name a tokenizer. Give one of them.");
        if (parsed.GetValue(_tokenizer) is "")
            throw new UsageException("--tokenizer is empty. Name a tokenizer.model, or a folder that holds one.");
        if (text is not null && (input is not null || output is not null))
            throw new UsageException("Both a TEXT and a file of texts are given. Give a TEXT, or --input and --output.");
        if (text is null && (input is null || output is null))
            throw new UsageException(input is null && output is null ? "There is nothing to tokenize. Give a TEXT, or --input and --output." : "--input and --output go together; one of them is missing.");
        if ((input is not null && string.IsNullOrWhiteSpace(input)) || (output is not null && string.IsNullOrWhiteSpace(output)))
            throw new UsageException("--input and --output name files, or - for the standard streams; one of them is empty.");
        if (output is not null && OutputPath.IsStandardOutput(output) && parsed.GetValue(_json))
            throw new UsageException($"--output {output} and --json would both write to standard output. Name an output file, or leave --json out.");
        if (input is not null and not TextInput.Standard && output != OutputPath.Standard && FileFacts.Of(input).Kind != FileKind.CharacterDevice && Path.GetFullPath(input) == Path.GetFullPath(output!))
            throw new UsageException("--input and --output are the same file. Name another output.");
    }

    private async Task<int> TokenizeFileAsync(LlamaTokenizer tokenizer, string source, string input, string output, bool json, CancellationToken cancellationToken)
    {
        InputFiles inputs = FilesOf(source);
        inputs = input == TextInput.Standard ? inputs.AddStandardInput("the texts") : inputs.Add(input, "the texts");
        await using Stream texts = await TextInput.OpenAsync(_console, input, "the texts", cancellationToken);
        IAnswerSink? lines = await OpenStreamAsync(output, inputs, cancellationToken);
        using var closing = lines as IDisposable;
        using var kept = new LinesInMemory(output);
        var run = new TextFileTokenizer(tokenizer, lines ?? kept);
        await run.RunAsync(texts, cancellationToken);
        if (lines is null)
            await new OutputFile("--output", output, inputs).WriteAsync(_console, kept.ToArray(), cancellationToken);

        if (json)
            AnswerPrinter.WriteJson(_console, new TokenizeRunRecord(run.Tokenized, run.Failed, run.Tokens, output), UnimedJson.Lines.TokenizeRunRecord);
        else
            _console.Note($"{run.Tokenized} tokenized ({run.Tokens} tokens), {run.Failed} failed{(run.Failed > 0 ? "; their lines say why" : "")}.");
        return run.Failed == 0 ? ExitCode.Success : ExitCode.SomeFailed;
    }

    /// <summary>The tokenizer's own files, and no other of their folder: answers of an earlier run may lie there.</summary>
    private static InputFiles FilesOf(string source)
    {
        const string What = "a file of the tokenizer";
        bool isFolder = Directory.Exists(source);
        string folder = isFolder ? source : Path.GetDirectoryName(Path.GetFullPath(source))!;
        var inputs = new InputFiles().Add(isFolder ? Path.Combine(folder, "tokenizer.model") : source, What);
        foreach (string name in (string[])["special_tokens_map.json", "tokenizer_config.json"])
            inputs.Add(Path.Combine(folder, name), What);
        return inputs;
    }

    /// <summary>Where lines go one by one; null for a file, which is written when all of them are there.</summary>
    private async Task<IAnswerSink?> OpenStreamAsync(string output, InputFiles inputs, CancellationToken cancellationToken)
    {
        if (OutputPath.IsStandardOutput(output))
            return new StreamSink(_console.Output);
        return OutputPath.Check("--output", output, inputs) is FileKind.Pipe or FileKind.CharacterDevice
            ? new DeviceSink(output, await OutputPath.OpenDeviceAsync(output, _console.Note, cancellationToken), cancellationToken)
            : null;
    }
}
