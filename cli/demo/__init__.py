"""The main job of the market, played through the gateway from registration to payment, with every promise checked."""
