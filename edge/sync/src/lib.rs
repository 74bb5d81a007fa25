//! What the rest of the world hears: home automation by MQTT, and the hub of a chain of daycares.
