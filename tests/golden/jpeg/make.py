"""Makes the JPEG files of this folder and index.json: Pillow's convert("RGB") of each, as SHA-256.

Needs Debian's python3-pil and libjpeg-turbo-progs (cjpeg, jpegtran). Run it in this folder.
"""
import hashlib
import io
import json
import os
import random
import struct
import subprocess
import tempfile

from PIL import Image, ImageDraw

here = os.path.dirname(os.path.abspath(__file__))


def picture(width, height, seed=1):
    """Slopes, sharp edges, saturated colours and noise: every branch of upsampling and clamping is reached."""
    rng = random.Random(seed)
    image = Image.new("RGB", (width, height))
    image.putdata([
        ((x * 255) // max(width - 1, 1), (y * 255) // max(height - 1, 1), (x * 7 + y * 13) % 256)
        for y in range(height) for x in range(width)
    ])
    draw = ImageDraw.Draw(image)
    for color in [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0), (255, 255, 0)]:
        x, y = rng.randrange(width), rng.randrange(height)
        draw.ellipse([x - width // 6, y - height // 6, x + width // 6, y + height // 6], fill=color)
    noisy = [tuple(min(255, max(0, v + rng.randrange(-20, 21))) for v in pixel) for pixel in image.getdata()]
    image.putdata(noisy)
    return image


def ppm(image):
    out = io.BytesIO()
    image.save(out, "PPM")
    return out.getvalue()


def cjpeg(image, *options):
    return subprocess.run(["cjpeg", *options], input=ppm(image), stdout=subprocess.PIPE, check=True).stdout


def scans(text):
    path = os.path.join(tempfile.gettempdir(), "scans.txt")
    with open(path, "w") as file:
        file.write(text)
    return path


def pillow(image, **options):
    out = io.BytesIO()
    image.save(out, "JPEG", **options)
    return out.getvalue()


def segments(jpeg):
    """Offsets of marker segments up to the first scan: (marker, offset of 0xFF, length with marker)."""
    position = 2
    while True:
        marker, length = jpeg[position + 1], struct.unpack(">H", jpeg[position + 2:position + 4])[0]
        yield marker, position, length + 2
        if marker == 0xDA:
            return
        position += length + 2


def find(jpeg, *markers):
    return next((o, n) for m, o, n in segments(jpeg) if m in markers)


def without(jpeg, *markers):
    for marker, offset, length in reversed(list(segments(jpeg))):
        if marker in markers:
            jpeg = jpeg[:offset] + jpeg[offset + length:]
    return jpeg


def insert(jpeg, offset, data):
    return jpeg[:offset] + data + jpeg[offset:]


def patch(jpeg, offset, *values):
    return jpeg[:offset] + bytes(values) + jpeg[offset + len(values):]


def adobe(transform):
    return b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00" + bytes([transform])


def sixteen_bit_tables(jpeg, factor):
    """The same quantization tables with 16-bit entries, scaled: coefficients far beyond what a picture has."""
    out = b"\xff\xd8"
    for marker, offset, length in segments(jpeg):
        body = jpeg[offset:offset + length]
        if marker == 0xDB:
            data, tables = body[4:], b""
            while data:
                tables += bytes([0x10 | data[0]]) + b"".join(struct.pack(">H", min(v * factor, 65535)) for v in data[1:65])
                data = data[65:]
            body = b"\xff\xdb" + struct.pack(">H", len(tables) + 2) + tables
        out += body
    return out + jpeg[offset + length:]


def frame_at(jpeg):
    return find(jpeg, 0xC0, 0xC1, 0xC2)[0]


def before_markers(jpeg, data):
    """Puts bytes before every restart marker and the end marker: libjpeg skips them with a warning."""
    offset, length = find(jpeg, 0xDA)
    out, i = bytearray(jpeg[:offset + length]), offset + length
    while i < len(jpeg):
        if jpeg[i] == 0xFF and (0xD0 <= jpeg[i + 1] <= 0xD7 or jpeg[i + 1] == 0xD9):
            out += data
        out.append(jpeg[i])
        i += 1
    return bytes(out)


files, refused = {}, {}
image = picture(67, 45)

for sampling in ["1x1", "2x1", "1x2", "2x2", "4x1", "4x2", "1x4", "2x4", "3x1", "1x3"]:
    files[f"sampling_{sampling}"] = cjpeg(image, "-quality", "80", "-sample", sampling)
files["sampling_4x4_one_scan_each"] = cjpeg(image, "-quality", "80", "-sample", "4x4", "-scans", scans("0;1;2;"))
files["sampling_2x2_2x1_1x2"] = cjpeg(image, "-sample", "2x2,2x1,1x2")
files["sampling_1x1_2x2_2x1"] = cjpeg(image, "-sample", "1x1,2x2,2x1")
files["sampling_2x2_2x2_2x2"] = cjpeg(image, "-sample", "2x2,2x2,2x2", "-scans", scans("0;1;2;"))
files["sampling_4x1_2x1_1x1"] = cjpeg(image, "-sample", "4x1,2x1,1x1")

for sampling in ["2x1", "2x2", "1x2"]:
    for width, height in [(1, 1), (2, 2), (3, 3), (4, 5), (5, 4), (6, 6), (9, 7), (15, 16), (16, 16), (17, 17), (1, 40), (40, 1), (33, 65)]:
        files[f"size_{width}x{height}_{sampling}"] = cjpeg(picture(width, height, 2), "-quality", "85", "-sample", sampling)

files["quality_1"] = cjpeg(image, "-quality", "1")
files["quality_100"] = cjpeg(image, "-quality", "100", "-sample", "1x1")
files["black_and_white_steps"] = cjpeg(Image.new("RGB", (40, 40), (0, 0, 0)), "-quality", "90")
steps = Image.new("RGB", (64, 64))
steps.putdata([(255, 255, 255) if (x // 3 + y // 5) % 2 else (0, 0, 0) for y in range(64) for x in range(64)])
files["sharp_steps"] = cjpeg(steps, "-quality", "15", "-sample", "2x2")
for factor in [4, 40, 400]:
    files[f"coefficients_beyond_range_{factor}"] = sixteen_bit_tables(cjpeg(image, "-quality", "50", "-sample", "2x2"), factor)
    files[f"coefficients_beyond_range_progressive_{factor}"] = sixteen_bit_tables(cjpeg(image, "-quality", "50", "-progressive"), factor)

files["optimized"] = cjpeg(image, "-optimize", "-sample", "2x2")
files["extended_sequential"] = patch(files["sampling_2x2"], frame_at(files["sampling_2x2"]), 0xFF, 0xC1)
files["restart_every_block"] = cjpeg(image, "-restart", "1B", "-sample", "2x2")
files["restart_every_3"] = cjpeg(image, "-restart", "3B", "-sample", "2x1")
files["restart_every_row"] = cjpeg(image, "-restart", "1", "-sample", "1x2")
files["restart_progressive"] = cjpeg(image, "-restart", "5B", "-progressive")
files["restart_gray"] = cjpeg(image, "-restart", "7B", "-grayscale")
files["extraneous_bytes"] = before_markers(files["restart_every_row"], b"\x12\x34\x56")
files["fill_bytes"] = before_markers(files["restart_every_3"], b"\xff\xff\xff")

files["sequential_one_scan_each"] = cjpeg(image, "-sample", "2x2", "-scans", scans("0;1;2;"))
files["sequential_two_scans"] = cjpeg(image, "-sample", "2x1", "-scans", scans("0;1 2;"))
files["sequential_chroma_first"] = cjpeg(image, "-sample", "2x2", "-scans", scans("1 2;0;"))
files["progressive_420"] = cjpeg(image, "-progressive", "-sample", "2x2")
files["progressive_444"] = cjpeg(image, "-progressive", "-sample", "1x1", "-quality", "95")
files["progressive_422"] = cjpeg(image, "-progressive", "-sample", "2x1")
files["progressive_440"] = cjpeg(image, "-progressive", "-sample", "1x2")
files["progressive_411"] = cjpeg(image, "-progressive", "-sample", "4x1")
files["progressive_gray"] = cjpeg(image, "-progressive", "-grayscale")
files["progressive_spectral_selection"] = cjpeg(
    image, "-sample", "2x2", "-scans", scans("0,1,2: 0-0,0,0; 0: 1-1,0,0; 0: 2-5,0,0; 0: 6-63,0,0; 1: 1-63,0,0; 2: 1-20,0,0; 2: 21-63,0,0;"))
files["progressive_successive_approximation"] = cjpeg(
    image, "-sample", "2x1", "-quality", "98", "-scans",
    scans("0,1,2: 0-0,0,3; 0: 1-63,0,3; 1: 1-63,0,2; 2: 1-63,0,1; 0: 1-63,3,2; 0,1,2: 0-0,3,2; 0: 1-63,2,1; 1: 1-63,2,1;"
          "0,1,2: 0-0,2,1; 0: 1-63,1,0; 1: 1-63,1,0; 2: 1-63,1,0; 0,1,2: 0-0,1,0;"))
files["progressive_dc_for_each_component"] = cjpeg(
    image, "-sample", "2x2", "-scans", scans("0: 0-0,0,0; 1: 0-0,0,1; 2: 0-0,0,0; 1: 0-0,1,0; 0: 1-63,0,0; 1: 1-63,0,0; 2: 1-63,0,0;"))
files["progressive_flat"] = cjpeg(Image.new("RGB", (200, 150), (90, 120, 60)), "-progressive", "-sample", "2x2")
files["progressive_33x65"] = cjpeg(picture(33, 65, 3), "-progressive", "-sample", "2x2", "-quality", "90")

gray = image.convert("L")
files["gray"] = cjpeg(image, "-grayscale")
files["gray_pillow"] = pillow(gray, quality=90)
files["gray_says_2x2"] = patch(files["gray"], frame_at(files["gray"]) + 11, 0x22)
files["gray_optimized_100"] = cjpeg(image, "-grayscale", "-optimize", "-quality", "100")
files["gray_1x1"] = cjpeg(picture(1, 1), "-grayscale")

rgb = cjpeg(image, "-rgb", "-quality", "90")
files["rgb_by_component_ids"] = without(rgb, 0xE0, 0xEE)
files["rgb_by_adobe"] = insert(without(cjpeg(image, "-rgb"), 0xE0, 0xEE), 2, adobe(0))
plain = cjpeg(image, "-sample", "1x1")
files["adobe_transform_1"] = insert(without(plain, 0xE0), 2, adobe(1))
files["adobe_transform_0"] = insert(without(plain, 0xE0), 2, adobe(0))
files["adobe_transform_7"] = insert(without(plain, 0xE0), 2, adobe(7))
files["adobe_transform_0_after_jfif"] = insert(plain, 20, adobe(0))
files["no_application_markers"] = without(plain, 0xE0)
ids = without(plain, 0xE0)
frame, scan = frame_at(ids), find(ids, 0xDA)[0]
for first, name in [(0, "zero"), (100, "odd")]:
    renamed = ids
    for k in range(3):
        renamed = patch(patch(renamed, frame + 10 + 3 * k, first + k), scan + 5 + 2 * k, first + k)
    files[f"component_ids_from_{name}"] = renamed

for subsampling, name in [(0, "444"), (2, "420")]:
    cmyk = pillow(picture(67, 45, 4).convert("CMYK"), quality=85, subsampling=subsampling)
    at = find(cmyk, 0xEE)[0]
    files[f"cmyk_{name}"] = cmyk
    files[f"cmyk_{name}_no_adobe"] = without(cmyk, 0xEE)
    files[f"ycck_{name}"] = patch(cmyk, at + 15, 2)
    files[f"adobe_4_components_transform_1_{name}"] = patch(cmyk, at + 15, 1)
files["cmyk_progressive"] = pillow(picture(41, 29, 5).convert("CMYK"), progressive=True)
files["cmyk_restart"] = subprocess.run(
    ["jpegtran", "-restart", "2B", "-copy", "all"], input=files["cmyk_420"], stdout=subprocess.PIPE, check=True).stdout

files["standard_huffman_tables_left_out"] = without(cjpeg(image, "-sample", "2x1"), 0xC4)
files["comment_and_applications"] = insert(files["sampling_2x2"], 2, b"\xff\xfe\x00\x07hello" + b"\xff\xe1\x00\x08Exif\x00\x00" + b"\xff\xff\xff\xed\x00\x02")
files["bytes_after_the_end"] = files["sampling_2x2"] + b"\x00\x01\xff\xd8\xff\xd9" * 9
files["two_quantization_tables_in_one_segment"] = cjpeg(image, "-quality", "70,40", "-qslots", "0,1,1")

refused["arithmetic"] = (cjpeg(image, "-arithmetic"), "arithmetic")
refused["arithmetic_progressive"] = (cjpeg(image, "-arithmetic", "-progressive"), "arithmetic")
baseline = files["sampling_2x2"]
refused["twelve_bits"] = (patch(patch(baseline, frame_at(baseline), 0xFF, 0xC1), frame_at(baseline) + 4, 12), "12 bits")
refused["lossless"] = (patch(baseline, frame_at(baseline), 0xFF, 0xC3), "lossless")
refused["hierarchical"] = (patch(baseline, frame_at(baseline), 0xFF, 0xC5), "hierarchical")
refused["jpeg_ls"] = (patch(baseline, frame_at(baseline), 0xFF, 0xF7), "JPEG-LS")
three = files["sampling_3x1"]
refused["sampling_3x1_2x1"] = (patch(three, frame_at(three) + 14, 0x21), "sampling")
refused["progressive_without_its_last_scans"] = (
    cjpeg(image, "-sample", "2x2", "-scans", scans("0,1,2: 0-0,0,0; 0: 1-63,0,2;")), "scans")
refused["progressive_of_dc_alone"] = (cjpeg(image, "-sample", "2x2", "-scans", scans("0,1,2: 0-0,0,0;")), "scans")

index = {"files": {}, "refused": {}}
for old in os.listdir(here):
    if old.endswith(".jpg"):
        os.remove(os.path.join(here, old))
for name, data in files.items():
    with open(os.path.join(here, name + ".jpg"), "wb") as file:
        file.write(data)
    decoded = Image.open(io.BytesIO(data))
    decoded = decoded.convert("RGB")
    index["files"][name + ".jpg"] = {
        "width": decoded.width, "height": decoded.height, "sha256": hashlib.sha256(decoded.tobytes()).hexdigest()}
for name, (data, words) in refused.items():
    with open(os.path.join(here, name + ".jpg"), "wb") as file:
        file.write(data)
    index["refused"][name + ".jpg"] = words
with open(os.path.join(here, "index.json"), "w") as file:
    json.dump(index, file, indent=1)
    file.write("\n")
print(len(files), "equal,", len(refused), "refused,", sum(len(d) for d in files.values()), "bytes")
