// How a transfer stands, in the words of the window's language.
// Thread: ui. Pure but for the language in force; a fault's sentence is used as it came.
#pragma once

#include <string>

#include "net/api/values.hpp"

namespace dropline::ui {

/// What the words need to know about the other person.
struct OtherSide {
    std::string name;
    bool is_here = false;  // in the room now
    bool are_we_in_room = false;
    bool is_limit_ours = false;  // our own speed limit for this direction is used up
};

/// True for an active one that stands still because nothing comes from the other side: it is no
/// failure yet, but neither a rate nor a time left would be true.
bool is_without_answer(const Transfer& transfer);

/// Of one that is paused by a disk or interrupted: that is not full, it is away, or what is on it
/// cannot be read or written now.
bool is_disk_away(const Transfer& transfer);

/// How far and in which state: the line under the bar.
std::string state_words(const Transfer& transfer, const std::string& other_name);
/// The same in as few words as fit beside a name: a rate, a per cent, or the state.
std::string short_state_words(const Transfer& transfer, const std::string& other_name);
/// A second line: files, or what makes it go on. Empty: nothing to say.
std::string fact_words(const Transfer& transfer, const OtherSide& other);
/// What an active one waits for most of the time; empty: it cannot be told, or nothing moves.
std::string limit_words(const Transfer& transfer, const OtherSide& other);
/// The network's sentence, why it failed or stands still; empty: none.
std::string reason_words(const Transfer& transfer);
/// What only those want to know who ask: a tool tip of several lines; empty: nothing.
std::string detail_words(const Transfer& transfer);

}  // namespace dropline::ui
