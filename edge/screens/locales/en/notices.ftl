# What does not work as it should, and what to do: on the page and for programs.
