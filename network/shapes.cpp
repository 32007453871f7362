// A shape is a test of a point in its own coordinates (unit size, upright); a pixel is the mean of
// 4 x 4 such tests.
#include "network/shapes.h"

#include <algorithm>
#include <array>

#include "network/random.h"

namespace msd::network {

namespace {

constexpr int kSide = 32;
constexpr int kSamples = 4;  // a pixel is sampled at 4 x 4 points

struct Point {
    double x, y;
};

bool in_disc(Point p, double radius) {
    return p.x * p.x + p.y * p.y <= radius * radius;
}

bool in_box(Point p, double half_w, double half_h) {
    return p.x >= -half_w && p.x <= half_w && p.y >= -half_h && p.y <= half_h;
}

// Even-odd rule.
template <std::size_t N>
bool in_polygon(Point p, const std::array<Point, N>& corners) {
    bool inside = false;
    for (std::size_t i = 0, j = N - 1; i < N; j = i++) {
        const Point a = corners[i], b = corners[j];
        if ((a.y > p.y) != (b.y > p.y) && p.x < (b.x - a.x) * (p.y - a.y) / (b.y - a.y) + a.x)
            inside = !inside;
    }
    return inside;
}

// Corners at multiples of 120 and 36 degrees, written out: sin and cos differ between C libraries.
constexpr std::array<Point, 3> kTriangle{{{0, -1.1}, {0.952627944, 0.55}, {-0.952627944, 0.55}}};
constexpr std::array<Point, 10> kStar{{{0, -1.15},
                                       {0.282136921, -0.388328157},
                                       {1.093714993, -0.355369544},
                                       {0.456507128, 0.148328157},
                                       {0.675953040, 0.930369544},
                                       {0, 0.48},
                                       {-0.675953040, 0.930369544},
                                       {-0.456507128, 0.148328157},
                                       {-1.093714993, -0.355369544},
                                       {-0.282136921, -0.388328157}}};

bool inside(int kind, Point p) {
    switch (kind) {
        case 0:
            return in_disc(p, 0.9);
        case 1:
            return in_disc(p, 0.95) && !in_disc(p, 0.55);
        case 2:
            return in_box(p, 0.8, 0.8);
        case 3:
            return in_box(p, 0.85, 0.85) && !in_box(p, 0.48, 0.48);
        case 4:
            return in_polygon(p, kTriangle);
        case 5:
            return in_box(p, 0.95, 0.3) || in_box(p, 0.3, 0.95);
        case 6:
            return in_polygon(p, kStar);
        case 7:
            return in_disc(p, 0.95) && !in_disc({p.x - 0.5, p.y}, 0.8);
        case 8:
            return in_box(p, 1.05, 0.36);
        default:
            return p.y >= -0.45 && in_disc({p.x, p.y + 0.45}, 1.0);
    }
}

struct Picture {
    Point centre;  // pixels
    Point axis;    // unit vector: the shape's x axis
    double size;   // pixels of one unit
    double skew;   // height over width
    double back[3], front[3];
    double slope_x, slope_y;  // brightness, over the picture's width
    double noise;             // largest deviation of a pixel
};

Picture random_picture(Random& random) {
    Picture p;
    p.size = random.uniform(6.0, 12.5);
    const double margin = p.size * 0.85;
    p.centre = {random.uniform(margin, kSide - margin), random.uniform(margin, kSide - margin)};
    const double t =
        random.uniform(-1, 1);  // the tangent of half the angle: a quarter turn either way
    p.axis = {(1 - t * t) / (1 + t * t), 2 * t / (1 + t * t)};
    if (random.below(2) != 0) p.axis = {-p.axis.x, -p.axis.y};
    p.skew = random.uniform(0.82, 1.0);
    for (double& level : p.back) level = random.uniform(30, 225);
    // The front differs by `contrast` on the whole, by a random part of it in each colour.
    const double difference = random.uniform(24, 110);
    const double contrast = random.below(2) != 0 ? difference : -difference;
    for (int c = 0; c < 3; ++c) p.front[c] = p.back[c] + contrast * random.uniform(0.35, 1.2);
    p.slope_x = random.uniform(-35, 35);
    p.slope_y = random.uniform(-35, 35);
    p.noise = random.uniform(10, 62);
    return p;
}

// How much of a pixel the shape covers, 0..1.
double coverage(const Picture& picture, int kind, int x, int y) {
    int hits = 0;
    for (int sy = 0; sy < kSamples; ++sy) {
        for (int sx = 0; sx < kSamples; ++sx) {
            const double dx = (x + (sx + 0.5) / kSamples - picture.centre.x) / picture.size;
            const double dy = (y + (sy + 0.5) / kSamples - picture.centre.y) / picture.size;
            const Point local{dx * picture.axis.x + dy * picture.axis.y,
                              (dy * picture.axis.x - dx * picture.axis.y) / picture.skew};
            hits += inside(kind, local) ? 1 : 0;
        }
    }
    return static_cast<double>(hits) / (kSamples * kSamples);
}

// Whole numbers 0..255, halves upward.
float pixel(double level) {
    return static_cast<float>(static_cast<int>(std::min(std::max(level, 0.0), 255.0) + 0.5));
}

}  // namespace

const char* shape_name(int kind) {
    static constexpr const char* kNames[kShapeKinds] = {
        "disc",  "ring", "square",   "frame", "triangle",
        "cross", "star", "crescent", "bar",   "half disc"};
    return kind >= 0 && kind < kShapeKinds ? kNames[kind] : "unknown";
}

Image draw_shape(uint64_t seed, uint64_t index) {
    Random random(seed, index);
    Image image;
    image.label = random.below(kShapeKinds);
    image.pixels.resize(kShapeImage.elements());
    const Picture picture = random_picture(random);
    for (int y = 0; y < kSide; ++y) {
        for (int x = 0; x < kSide; ++x) {
            const double cover = coverage(picture, image.label, x, y);
            const double slope =
                picture.slope_x * (x - 15.5) / kSide + picture.slope_y * (y - 15.5) / kSide;
            for (int c = 0; c < 3; ++c) {
                const double noise = random.uniform(-1, 1) + random.uniform(-1, 1);
                const double level =
                    picture.back[c] + (picture.front[c] - picture.back[c]) * cover + slope;
                image.pixels[(c * kSide + y) * kSide + x] =
                    pixel(level + picture.noise * 0.5 * noise);
            }
        }
    }
    return image;
}

}  // namespace msd::network
