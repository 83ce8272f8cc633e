"""Makes the renditions of one picture with libvips, so many times, and prints
milliseconds on the processor for each and the bytes of one."""
import os
import sys
import time

os.environ["VIPS_CONCURRENCY"] = "1"
import pyvips  # noqa: E402

SIZES = (1600, 640, 200)


def make(data):
    picture, size = None, 0
    for longest in SIZES:
        if picture is None:
            picture = pyvips.Image.thumbnail_buffer(data, longest, height=longest, size="down")
        else:
            picture = picture.thumbnail_image(longest, height=longest, size="down")
        picture = picture.copy_memory()
        size += len(picture.jpegsave_buffer(Q=82, keep="none"))
        size += len(picture.webpsave_buffer(Q=78, effort=3, keep="none"))
    return size


pyvips.cache_set_max(0)
with open(sys.argv[1], "rb") as file:
    data = file.read()
rounds = int(sys.argv[2])
size = make(data)
began = time.process_time()
for _ in range(rounds):
    make(data)
print((time.process_time() - began) * 1000 / rounds, size)
