using UniMed.GpuBench.Cublas;
using Xunit;

namespace UniMed.GpuBench.Tests;

/// <summary>The binding of cuBLAS against a fake with the signatures of its header, and where it is looked for.</summary>
public unsafe class CublasTests
{
    [Fact]
    public void A_product_is_that_of_a_linear_layer()
    {
        const int Tokens = 3, Columns = 5, Rows = 4;
        var random = new Random(3);
        Half[] weight = [.. Enumerable.Range(0, Rows * Columns).Select(_ => (Half)(random.NextSingle() - 0.5f))];
        Half[] input = [.. Enumerable.Range(0, Tokens * Columns).Select(_ => (Half)(random.NextSingle() - 0.5f))];
        var output = new Half[Tokens * Rows];
        Array.Fill(output, Half.NaN);

        using (var cublas = new CublasLibrary(1, "libcublas.so.12", FakeCublas.Export))
        {
            cublas.SetStream(0x57);
            fixed (Half* w = weight, x = input, y = output)
                cublas.Product((nint)w, (nint)x, (nint)y, Tokens, Columns, Rows);
            Assert.Equal(0x57, FakeCublas.Stream);
            Assert.Equal("cuBLAS 120500 from libcublas.so.12", cublas.Description);
        }

        Assert.False(FakeCublas.IsOpen);
        for (int token = 0; token < Tokens; token++)
        {
            for (int row = 0; row < Rows; row++)
            {
                double expected = Enumerable.Range(0, Columns).Sum(column => (double)weight[(row * Columns) + column] * (double)input[(token * Columns) + column]);
                Assert.Equal(expected, (double)output[(token * Rows) + row], 1e-3);
            }
        }
    }

    [Fact]
    public void A_library_that_lacks_a_function_or_is_too_old_is_refused()
    {
        InvalidOperationException lacking = Assert.Throws<InvalidOperationException>(
            () => new CublasLibrary(1, "libcublas.so", (library, name) => name == "cublasGemmEx" ? 0 : FakeCublas.Export(library, name)));
        Assert.Contains("cublasGemmEx", lacking.Message, StringComparison.Ordinal);

        FakeCublas.Version = 100203;
        try
        {
            Assert.Contains("11 or newer", Assert.Throws<InvalidOperationException>(() => new CublasLibrary(1, "libcublas.so.10", FakeCublas.Export)).Message, StringComparison.Ordinal);
            Assert.False(FakeCublas.IsOpen);
        }
        finally
        {
            FakeCublas.Version = 120500;
        }
    }

    [Fact]
    public void The_library_that_comes_with_PyTorch_is_looked_for_in_site_packages()
    {
        string environment = Directory.CreateTempSubdirectory().FullName;
        string folder = Path.Combine(environment, "lib", "python3.11", "site-packages", "nvidia", "cublas", "lib");
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "libcublas.so.12"), "not a library");
        string? before = Environment.GetEnvironmentVariable("VIRTUAL_ENV");
        try
        {
            Environment.SetEnvironmentVariable("VIRTUAL_ENV", environment);
            Assert.Contains(Path.Combine(folder, "libcublas.so.12"), CublasSearch.Candidates());
            Assert.Equal(0, CublasSearch.Load([Path.Combine(folder, "libcublas.so.12")], out string found));
            Assert.Equal("", found);
        }
        finally
        {
            Environment.SetEnvironmentVariable("VIRTUAL_ENV", before);
            Directory.Delete(environment, recursive: true);
        }
    }
}
