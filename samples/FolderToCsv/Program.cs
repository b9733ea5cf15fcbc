using UniMed.Inference;
using UniMed.Inference.Imaging;
using UniMed.Inference.Tasks;

// FolderToCsv MODEL FOLDER OUTPUT.csv QUESTION: asks the question about every picture, many at once. Started again it goes on where it ended,
// and tries again what failed.
if (args is not [var modelFolder, var folder, var output, var question])
{
    Console.Error.WriteLine("FolderToCsv MODEL FOLDER OUTPUT.csv QUESTION");
    return 2;
}

HashSet<string> done = File.Exists(output) ? [.. File.ReadLines(output).Skip(1).Where(line => line.EndsWith(",\"\"", StringComparison.Ordinal)).Select(line => line.Split(',')[0].Trim('"'))] : [];
string[] pictures = [.. Directory.GetFiles(folder, "*.png").Order(StringComparer.Ordinal).Where(path => !done.Contains(Path.GetFileName(path)))];

using UniMedModel model = UniMedModel.Load(modelFolder);
await using var engine = UniMedEngine.Create(model);
await using var csv = new StreamWriter(output, append: true) { AutoFlush = true };
if (new FileInfo(output).Length == 0)
    await csv.WriteLineAsync("picture,answer,error");

// Sixteen pictures are decoded ahead of the one that is written, so the engine is never without work and memory stays small.
var running = new Queue<(string Picture, Task<TextAnswer> Answer)>();
int written = 0;
foreach (string picture in pictures)
{
    running.Enqueue((picture, Ask(picture)));
    if (running.Count > 16)
        await WriteOldestAsync();
}

while (running.Count > 0)
    await WriteOldestAsync();
EngineStatistics statistics = engine.Statistics;
Console.Error.WriteLine($"{written} answered, {done.Count} before. {statistics.NewTokens} tokens, {statistics.SharedPromptTokens} prompt positions shared, {statistics.Passes} passes.");
return 0;

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
    }

    await csv.WriteLineAsync($"{Quote(Path.GetFileName(picture))},{Quote(text)},{Quote(error)}");
    written++;
}

static string Quote(string field) => $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal).ReplaceLineEndings(" ")}\"";
