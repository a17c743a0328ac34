// How one wish to send to several people stands, in the words of the window's language.
// Thread: ui. Pure but for the language in force.
#pragma once

#include <string>
#include <vector>

#include "net/api/values.hpp"
#include "ui/text/transfer_words.hpp"

namespace dropline::ui {

/// How many people, and how many of them stand where.
std::string batch_summary_words(const std::vector<const Transfer*>& transfers);
/// All of them together: bytes, speed and time left while something moves, else the size that
/// each one gets. Those who declined or failed do not count.
std::string batch_progress_words(const std::vector<const Transfer*>& transfers);
/// Under a person's name: what the few words beside it leave out. Empty: nothing.
std::string batch_person_words(const Transfer& transfer, const OtherSide& other);

}  // namespace dropline::ui
