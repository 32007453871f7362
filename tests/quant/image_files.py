"""Image files as other tools write them, for tests of the loaders: PNG, CIFAR-10 batches."""
import pickle
import struct
import zlib

import numpy as np


def png(pixels):
    """[3][h][w] or [1][h][w] of uint8."""
    c, h, w = pixels.shape
    rows = b"".join(b"\0" + pixels[:, y].T.tobytes() for y in range(h))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", w, h, 8, 2 if c == 3 else 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def folder(path, images, labels):
    """path/<label>/<number>.png, so that sorting by class and name keeps the order of sorted labels."""
    for i, (image, label) in enumerate(zip(images, labels)):
        directory = path / f"class{int(label):02}"
        directory.mkdir(parents=True, exist_ok=True)
        (directory / f"{i:05}.png").write_bytes(png(image.astype(np.uint8)))


def cifar_binary(images, labels):
    return b"".join(bytes([int(l)]) + i.astype(np.uint8).tobytes() for i, l in zip(images, labels))


def cifar_pickle(images, labels, protocol, bytes_keys=True):
    batch = {"batch_label": "training batch 1 of 5", "labels": [int(l) for l in labels],
             "data": images.astype(np.uint8).reshape(len(images), -1), "filenames": ["a.png"] * len(images)}
    if bytes_keys:
        batch = {k.encode(): v for k, v in batch.items()}
    return pickle.dumps(batch, protocol=protocol)
