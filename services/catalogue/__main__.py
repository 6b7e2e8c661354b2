from chassis.process import main
from services.catalogue.app import SERVICE

main(SERVICE)
