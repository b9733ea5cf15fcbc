using UniMed.Inference.Generation;
using UniMed.Inference.Imaging;
using UniMed.Inference.Tasks;

namespace UniMed.Hosting;

/// <summary>A chat as the engine takes it.</summary>
internal sealed record ChatQuestion(string Prompt, IReadOnlyList<MedicalImage> Images, UniMedTask Task, GenerationOptions Generation);
