using UniMed.Inference;

using UniMedModel model = UniMedModel.Load("models/unimed-nano");
using Study study = model.Open("slice.png");
// snippet
