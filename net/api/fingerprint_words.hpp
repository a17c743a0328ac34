// 256 short English words, one per byte, chosen to sound unlike each other when read aloud.
// Thread: any. Constant data of our own; the order is part of what people compare, so it is fixed.
#pragma once

#include <array>
#include <string_view>

namespace dropline {

inline constexpr std::array<std::string_view, 256> fingerprint_word_list = {
    "acorn",    "album",   "amber",    "anchor",   "apple",   "apron",   "arch",    "arrow",
    "atlas",    "attic",   "autumn",   "axle",     "badge",   "bagel",   "bamboo",  "banjo",
    "barn",     "basil",   "basket",   "beacon",   "beetle",  "bell",    "bench",   "berry",
    "bird",     "blanket", "bloom",    "board",    "boat",    "bonfire", "book",    "boot",
    "bottle",   "bridge",  "brook",    "brush",    "bucket",  "button",  "cabin",   "cactus",
    "camel",    "candle",  "canoe",    "canyon",   "carpet",  "carrot",  "castle",  "cedar",
    "cello",    "chalk",   "cherry",   "chess",    "chimney", "cinema",  "circle",  "clay",
    "cliff",    "clock",   "cloud",    "clover",   "cobalt",  "coffee",  "comet",   "compass",
    "copper",   "coral",   "cotton",   "cousin",   "crab",    "cradle",  "crane",   "crayon",
    "cricket",  "crown",   "crystal",  "cup",      "curtain", "cushion", "daisy",   "dancer",
    "dawn",     "delta",   "desert",   "diamond",  "doctor",  "dolphin", "donkey",  "door",
    "dragon",   "drum",    "dune",     "eagle",    "earth",   "echo",    "eclipse", "elbow",
    "elm",      "ember",   "engine",   "falcon",   "family",  "farmer",  "feather", "fern",
    "ferry",    "fiddle",  "field",    "finch",    "flag",    "flame",   "flint",   "flute",
    "fog",      "forest",  "fossil",   "fountain", "fox",     "frog",    "galaxy",  "garden",
    "garlic",   "gate",    "giant",    "ginger",   "giraffe", "glacier", "globe",   "glove",
    "goblet",   "goose",   "grape",    "gravel",   "guitar",  "hammer",  "harbor",  "harp",
    "hazel",    "hedge",   "helmet",   "heron",    "hill",    "honey",   "horizon", "house",
    "ice",      "igloo",   "ink",      "iris",     "iron",    "island",  "ivory",   "jacket",
    "jade",     "jaguar",  "jasmine",  "jelly",    "jewel",   "judge",   "juniper", "kayak",
    "kettle",   "kitten",  "kiwi",     "ladder",   "lagoon",  "lamp",    "lantern", "lava",
    "lemon",    "library", "lily",     "lizard",   "lobster", "locket",  "lotus",   "magnet",
    "mango",    "maple",   "marble",   "meadow",   "melon",   "meteor",  "mirror",  "mitten",
    "monkey",   "moss",    "mountain", "mouse",    "museum",  "napkin",  "needle",  "nest",
    "night",    "nutmeg",  "oak",      "oasis",    "ocean",   "olive",   "onion",   "opera",
    "orange",   "orbit",   "orchid",   "otter",    "owl",     "oyster",  "paddle",  "palace",
    "panda",    "paper",   "parrot",   "pear",     "pebble",  "pencil",  "pepper",  "piano",
    "pigeon",   "pilot",   "pirate",   "planet",   "plum",    "pocket",  "poem",    "pony",
    "prism",    "pumpkin", "puzzle",   "quartz",   "quill",   "rabbit",  "radish",  "rain",
    "raven",    "ribbon",  "river",    "robin",    "rocket",  "saddle",  "sailor",  "salmon",
    "shadow",   "silver",  "spoon",    "summit",   "temple",  "tiger",   "tulip",   "turtle",
    "umbrella", "valley",  "velvet",   "violin",   "walnut",  "whale",   "window",  "yellow",
};

}  // namespace dropline
