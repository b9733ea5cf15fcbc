using System.Diagnostics;
using UniMed.Inference;

// FolderToCsv MODEL FOLDER OUTPUT.csv QUESTION: asks the question about every picture, many at once. Started again it goes on where it ended,
// and tries again what failed.
if (args is not [var modelFolder, var folder, var output, var question])
{
    Console.Error.WriteLine("FolderToCsv MODEL FOLDER OUTPUT.csv QUESTION");
    return 2;
}

HashSet<string> done = Resume(output);
string[] kinds = [".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp"];
string[] pictures = [.. Directory.GetFiles(folder)
    .Where(path => kinds.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase) && !done.Contains(Quote(Path.GetFileName(path))))
    .Order(StringComparer.Ordinal)];

using UniMedModel model = UniMedModel.Load(modelFolder);
await using var engine = UniMedEngine.Create(model);
await using var csv = new StreamWriter(output, append: true) { AutoFlush = true };
if (new FileInfo(output).Length == 0)
    await csv.WriteLineAsync("picture,answer,error");

// Sixteen pictures are decoded ahead of the one that is written, so the engine is never without work and memory stays small.
var running = new Queue<(string Picture, Task<TextAnswer> Answer)>();
int written = 0, failed = 0;
long started = Stopwatch.GetTimestamp(), told = started;
foreach (string picture in pictures)
{
    running.Enqueue((picture, Ask(picture)));
    if (running.Count > 16)
        await WriteOldestAsync();
}

while (running.Count > 0)
    await WriteOldestAsync();
EngineStatistics statistics = engine.Statistics;
Console.Error.WriteLine(
    $"{written - failed} answered, {failed} failed, {done.Count} before. {statistics.NewTokens} tokens, {statistics.SharedPromptTokens} prompt positions shared, {statistics.Passes} passes.");
return failed == 0 ? 0 : 3;

async Task<TextAnswer> Ask(string picture) => await engine.AskAsync(MedicalImage.Load(picture), question);

async Task WriteOldestAsync()
{
    (string picture, Task<TextAnswer> answer) = running.Dequeue();
    (string text, string error) = ("", "");
    try
    {
        text = (await answer).Text;
    }
    catch (UniMedException refused)
    {
        error = refused.Message;
        failed++;
    }

    await csv.WriteLineAsync($"{Quote(Path.GetFileName(picture))},{Quote(text)},{Quote(error)}");
    written++;
    TellProgress();
}

// Once a second, and at the end.
void TellProgress()
{
    if (written < pictures.Length && Stopwatch.GetElapsedTime(told) < TimeSpan.FromSeconds(1))
        return;
    told = Stopwatch.GetTimestamp();
    double rate = written / Stopwatch.GetElapsedTime(started).TotalSeconds;
    Console.Error.WriteLine($"{written} of {pictures.Length}, {failed} failed, {rate:0.0}/s, {TimeSpan.FromSeconds((pictures.Length - written) / rate):hh\\:mm\\:ss} left");
}

// The pictures that have their answer. A line that was cut off when the program was ended is taken away, so that the next one does not continue it.
static HashSet<string> Resume(string output)
{
    if (!File.Exists(output))
        return [];
    string table = File.ReadAllText(output);
    int whole = table.LastIndexOf('\n') + 1;
    if (whole < table.Length)
        File.WriteAllText(output, table[..whole]);
    return [.. table[..whole].Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Where(line => line.EndsWith(",\"\"", StringComparison.Ordinal)).Select(FirstField)];
}

// With its quotes: from the first to the one that is not doubled.
static string FirstField(string line)
{
    int end = 1;
    while (line[end] != '"' || line[end + 1] == '"')
        end += line[end] == '"' ? 2 : 1;
    return line[..(end + 1)];
}

static string Quote(string field) => $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal).ReplaceLineEndings(" ")}\"";
