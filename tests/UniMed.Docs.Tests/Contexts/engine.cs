using UniMed.Inference;

using UniMedModel model = UniMedModel.Load("models/unimed-nano");
await using UniMedEngine engine = UniMedEngine.Create(model);
MedicalImage slice = MedicalImage.Load("slice.png");
// snippet
