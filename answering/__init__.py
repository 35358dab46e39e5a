"""Ranked products -> an answer in which every claim is cited and checked."""
