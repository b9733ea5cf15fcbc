#:project ../src/UniMed.Inference/UniMed.Inference.csproj
#:property PublishAot=false

// dotnet run samples/draw-boxes.cs -- MODEL PICTURE OUTPUT.png PHRASE...
// Asks where each phrase is and draws the boxes into the picture: a notebook's cell as one file.
using UniMed.Inference;

if (args is not [var modelFolder, var picture, var output, .. var phrases] || phrases.Length == 0)
{
    Console.Error.WriteLine("draw-boxes MODEL PICTURE OUTPUT.png PHRASE...");
    return 2;
}

using UniMedModel model = UniMedModel.Load(modelFolder);
using Study study = model.Open(picture);
var boxes = new List<Annotation>();
foreach (string phrase in phrases)
{
    LocateAnswer place = await study.LocateAsync(phrase);
    Console.WriteLine($"{phrase}: {place.Text}");
    if (place.Pixels is { } box)
        boxes.Add(new Annotation(box, phrase));
}

File.WriteAllBytes(output, ImageAnnotator.Draw(study.Image, boxes, minimumSide: 512));
Console.WriteLine($"{output}: {boxes.Count} of {phrases.Length} boxes drawn.");
return 0;
